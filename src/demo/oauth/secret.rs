//! Secrets: made at random, kept and compared as hashes, and the few ways they are
//! written. Knows nothing of who holds one.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// A random secret behind a prefix.
pub fn made(prefix: &str) -> String {
    format!("{prefix}{}", oauth2::CsrfToken::new_random_len(64).secret())
}

/// What is kept of a secret.
pub fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// `BASE64URL(SHA256(verifier))`, RFC 7636.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// `signature` of a token reply: base64 of HMAC-SHA256 over the identity address and
/// `issued_at`, keyed with the consumer secret.
pub fn signature(consumer_secret: &str, signed: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, consumer_secret.as_bytes());
    STANDARD.encode(ring::hmac::sign(&key, signed.as_bytes()))
}

/// Bytes as JSON web tokens write them.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes of a part of a JSON web token.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_those_of_rfc_7636() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            challenge(verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        // Case 2, in base64.
        assert_eq!(
            signature("Jefe", "what do ya want for nothing?"),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
        );
    }
}
