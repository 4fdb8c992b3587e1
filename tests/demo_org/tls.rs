//! The org over https, with a certificate of a private authority.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::*;

#[test]
fn https_with_a_private_authority() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let server = CertificateParams::new(names).unwrap();
    let server = server.signed_by(&key, &authority).unwrap();
    let files = demo::TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.certificate, server.pem()).unwrap();
    std::fs::write(&files.key, key.serialize_pem()).unwrap();
    let org = demo::start(Options {
        tls: Some(files.clone()),
        token: Some("given".into()),
        ..options(&folder.path().join("org"))
    })
    .unwrap();
    assert!(org.base_url().starts_with("https://127.0.0.1:"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let root = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let trusting = reqwest::Client::builder()
        .tls_certs_only([root])
        .no_proxy()
        .build()
        .unwrap();
    let strange = reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .build()
        .unwrap();
    runtime.block_on(async {
        let url = format!("{}/services/data/v62.0", org.base_url());
        let reply = trusting
            .get(&url)
            .bearer_auth("given")
            .send()
            .await
            .unwrap();
        let body: Value = reply.json().await.unwrap();
        let identity = body["identity"].as_str().unwrap();
        assert!(identity.starts_with(org.base_url()), "{identity}");
        assert!(strange.get(&url).send().await.is_err(), "nobody vouches");
        let plain = url.replace("https", "http");
        assert!(trusting.get(&plain).send().await.is_err(), "no plain HTTP");
        // Who did not say hello did no harm.
        let reply = trusting
            .get(&url)
            .bearer_auth("given")
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), 200);
    });
    drop(org);
    std::fs::write(&files.key, "no key").unwrap();
    let refused = demo::start(Options {
        tls: Some(files),
        ..options(&folder.path().join("org"))
    });
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("key.pem"), "{text}");
}
