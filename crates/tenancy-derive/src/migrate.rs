//! `migrate!("migrations")`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{
    Error, Ident, LitStr, Token,
    parse::{Parse, ParseStream},
};

/// How deep folders are looked into; no format nests deeper.
const MAX_DEPTH: usize = 12;

/// How many folders above the migrations may hold the settings.
const SETTINGS_LEVELS: usize = 3;

/// `"migrations"`, `"migrations", format = "goose"`
struct Call {
    folder: LitStr,
    format: Option<LitStr>,
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut call = Self { folder: input.parse()?, format: None };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key: Ident = input.parse()?;
            if key != "format" {
                return Err(Error::new(key.span(), "known is format = \"...\""));
            }
            input.parse::<Token![=]>()?;
            call.format = Some(input.parse()?);
        }
        Ok(call)
    }
}

pub(crate) fn embed(input: TokenStream) -> Result<TokenStream, Error> {
    let call: Call = syn::parse2(input)?;
    let (written, span) = (call.folder.value(), call.folder.span());
    if written.is_empty() || Path::new(&written).is_absolute() {
        return Err(Error::new(
            span,
            "name the folder as it stands from the package, such as \"migrations\"",
        ));
    }
    let package = package(span)?;
    let folder = package.join(&written);
    let files = files_of(&folder)
        .map_err(|error| Error::new(span, format!("reading the folder {}: {error}", folder.display())))?;
    if files.is_empty() {
        return Err(Error::new(span, format!("there is no file in the folder {}", folder.display())));
    }
    // The compiler builds anew when a file changes that is included so.
    let included = files.iter().map(|place| {
        let path = format!("/{written}/{place}");
        quote!((#place, ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path)) as &[u8]))
    });
    let settings = option(settings_beside(&package, &written).map(|path| {
        quote!(::core::include_str!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path)))
    }));
    let format = option(call.format.map(|format| quote!(#format)));
    let on_disk = format!("/{written}");
    Ok(quote! {
        ::freehold_tenancy::migrate::Migrations::embedded(
            #written,
            &[#(#included),*],
            #settings,
            #format,
            ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #on_disk),
        )
    })
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo tells a macro in the environment which package it is called in"
)]
fn package(span: Span) -> Result<PathBuf, Error> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package.ok_or_else(|| Error::new(span, "CARGO_MANIFEST_DIR is not set: build with Cargo"))
}

/// The files below a folder, in order, with `/` between the parts of their places; without hidden ones.
fn files_of(folder: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((folder, place, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                return Err(io::Error::other(format!("the name of {} is no UTF-8", path.display())));
            };
            if name.starts_with('.') || name == "node_modules" {
                continue;
            }
            let place = if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
            if !path.is_dir() {
                files.push(place);
            } else if depth < MAX_DEPTH {
                folders.push((path, place, depth + 1));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The nearest `freehold.toml` above the migrations, from the package, with `/` before it.
fn settings_beside(package: &Path, written: &str) -> Option<String> {
    (1..=SETTINGS_LEVELS).find_map(|level| {
        let path = format!("/{written}{}/freehold.toml", "/..".repeat(level));
        package.join(path.get(1..)?).is_file().then_some(path)
    })
}
