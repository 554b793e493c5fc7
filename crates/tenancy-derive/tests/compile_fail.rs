//! Forgetting the tenant does not compile.

#[test]
fn what_forgets_its_tenant_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/*.rs");
}
