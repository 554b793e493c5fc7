//! Proving who one is, without giving more away than the way to the server allows.

use std::fmt;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::{
    authentication::{
        md5_hash,
        sasl::{self, ScramSha256},
    },
    message::{backend::Message, frontend},
};
use sha2::{Digest, Sha256, Sha384, Sha512};
use tokio_postgres::{Config, config::ChannelBinding};
use x509_cert::{
    Certificate,
    der::{
        Decode,
        oid::db::rfc5912::{
            ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ECDSA_WITH_SHA_512, SHA_1_WITH_RSA_ENCRYPTION,
            SHA_256_WITH_RSA_ENCRYPTION, SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION,
        },
    },
};

use super::{
    connect::{Talk, server},
    fault::Fault,
    stream::Stream,
};

/// Answers what the server asks until it is content.
pub(super) async fn authenticate(talk: &mut Talk, config: &Config, network: bool) -> Result<(), Fault> {
    let bound = config.get_channel_binding() == ChannelBinding::Require;
    let unbound = Fault::Setup("the URL asks for channel binding, and the server does not offer it");
    match talk.next().await? {
        Message::AuthenticationOk if bound => return Err(unbound),
        Message::AuthenticationOk => return Ok(()),
        Message::AuthenticationCleartextPassword | Message::AuthenticationMd5Password(_) if bound => {
            return Err(unbound);
        }
        Message::AuthenticationCleartextPassword => {
            if network && !matches!(talk.stream, Stream::Tls(_)) {
                return Err(Fault::Setup(
                    "the server asks for the password in plain text, and the way to it is not encrypted",
                ));
            }
            say_password(talk, password(config)?).await?;
        }
        Message::AuthenticationMd5Password(body) => {
            let user = config.get_user().unwrap_or_default();
            let hash = md5_hash(user.as_bytes(), password(config)?, body.salt());
            say_password(talk, hash.as_bytes()).await?;
        }
        Message::AuthenticationSasl(body) => {
            let (mut plain, mut plus) = (false, false);
            let mut mechanisms = body.mechanisms();
            while let Some(mechanism) = mechanisms.next()? {
                plain |= mechanism == sasl::SCRAM_SHA_256;
                plus |= mechanism == sasl::SCRAM_SHA_256_PLUS;
            }
            scram(talk, config, plain, plus).await?;
        }
        Message::ErrorResponse(body) => return Err(server(&body)?),
        _ => {
            return Err(Fault::Setup(
                "the server asks for a method of authentication that is not spoken here",
            ));
        }
    }
    match talk.next().await? {
        Message::AuthenticationOk => Ok(()),
        Message::ErrorResponse(body) => Err(server(&body)?),
        _ => Err(Fault::Protocol("an unexpected message after the password")),
    }
}

fn password(config: &Config) -> Result<&[u8], Fault> {
    config.get_password().ok_or(Fault::Setup("the server asks for a password, and the URL has none"))
}

async fn say_password(talk: &mut Talk, password: &[u8]) -> Result<(), Fault> {
    let mut buf = BytesMut::new();
    frontend::password_message(password, &mut buf)?;
    talk.say(&buf).await
}

async fn scram(talk: &mut Talk, config: &Config, plain: bool, plus: bool) -> Result<(), Fault> {
    let wish = config.get_channel_binding();
    let end_point = match &talk.stream {
        Stream::Tls(stream) if wish != ChannelBinding::Disable => {
            stream.get_ref().1.peer_certificates().and_then(|chain| end_point(chain.first()?))
        }
        _ => None,
    };
    let (binding, mechanism) = match end_point {
        Some(end_point) if plus => {
            (sasl::ChannelBinding::tls_server_end_point(end_point), sasl::SCRAM_SHA_256_PLUS)
        }
        _ if wish == ChannelBinding::Require => {
            return Err(Fault::Setup("the URL asks for channel binding, and it can't be had"));
        }
        Some(_) if plain => (sasl::ChannelBinding::unrequested(), sasl::SCRAM_SHA_256),
        None if plain => (sasl::ChannelBinding::unsupported(), sasl::SCRAM_SHA_256),
        _ => return Err(Fault::Setup("the server offers no SCRAM that is spoken here")),
    };
    let mut scram = ScramSha256::new(password(config)?, binding);
    let mut buf = BytesMut::new();
    frontend::sasl_initial_response(mechanism, scram.message(), &mut buf)?;
    talk.say(&buf).await?;
    match talk.next().await? {
        Message::AuthenticationSaslContinue(body) => scram.update(body.data())?,
        Message::ErrorResponse(body) => return Err(server(&body)?),
        _ => return Err(Fault::Protocol("an unexpected message within SCRAM")),
    }
    buf.clear();
    frontend::sasl_response(scram.message(), &mut buf)?;
    talk.say(&buf).await?;
    match talk.next().await? {
        Message::AuthenticationSaslFinal(body) => Ok(scram.finish(body.data())?),
        Message::ErrorResponse(body) => Err(server(&body)?),
        _ => Err(Fault::Protocol("an unexpected message at the end of SCRAM")),
    }
}

/// What the channel is bound to: the certificate's hash, by the hash of its own signature (RFC 5929). There is none for
/// signatures that have no separate hash.
fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let read = Certificate::from_der(certificate).ok()?;
    match read.signature_algorithm.oid {
        SHA_1_WITH_RSA_ENCRYPTION | SHA_256_WITH_RSA_ENCRYPTION | ECDSA_WITH_SHA_256 => {
            Some(Sha256::digest(certificate).to_vec())
        }
        SHA_384_WITH_RSA_ENCRYPTION | ECDSA_WITH_SHA_384 => Some(Sha384::digest(certificate).to_vec()),
        SHA_512_WITH_RSA_ENCRYPTION | ECDSA_WITH_SHA_512 => Some(Sha512::digest(certificate).to_vec()),
        _ => None,
    }
}

/// A conversation shows nothing of what is said in it.
impl fmt::Debug for Talk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Talk").finish_non_exhaustive()
    }
}
