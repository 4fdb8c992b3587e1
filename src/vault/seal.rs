//! Encryption of one secret (ChaCha20-Poly1305), and the key from a passphrase
//! (Argon2id, RFC 9106).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::domain::failure::Failure;
use crate::domain::login::Secret;

/// What opens the logins.
pub(super) type Key = SecretBox<[u8; 32]>;

/// A secret that only its key opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Base64.
    nonce: String,
    /// Base64, with the tag at its end.
    text: String,
}

/// How much work a guess at the passphrase costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// The second recommendation of RFC 9106 with fewer lanes: a small server has few.
    pub(super) const USUAL: Self = Self {
        memory: 64 * 1024,
        passes: 3,
    };
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Failure::local("the system gives no random bytes"))?;
    Ok(bytes)
}

/// The key a passphrase gives.
pub(super) fn derive(passphrase: &Secret, salt: &[u8], cost: Cost) -> Result<Key, Failure> {
    let failed =
        |problem: argon2::Error| Failure::local(&format!("the passphrase gives no key: {problem}"));
    let params = argon2::Params::new(cost.memory, cost.passes, 1, Some(32)).map_err(failed)?;
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut bytes = [0; 32];
    argon
        .hash_password_into(passphrase.expose().as_bytes(), salt, &mut bytes)
        .map_err(failed)?;
    let key = SecretBox::new(Box::new(bytes));
    bytes.zeroize();
    Ok(key)
}

fn cipher(key: &Key) -> Option<LessSafeKey> {
    let unbound = UnboundKey::new(&CHACHA20_POLY1305, key.expose_secret()).ok()?;
    Some(LessSafeKey::new(unbound))
}

/// Encrypts a secret for what `label` names.
pub(super) fn close(key: &Key, label: &str, secret: &Secret) -> Result<Sealed, Failure> {
    let failed = || Failure::local("the login cannot be encrypted");
    let nonce: [u8; NONCE_LEN] = random()?;
    let mut text = secret.expose().as_bytes().to_vec();
    cipher(key)
        .ok_or_else(failed)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(label.as_bytes()),
            &mut text,
        )
        .map_err(|_| failed())?;
    Ok(Sealed {
        nonce: STANDARD.encode(nonce),
        text: STANDARD.encode(text),
    })
}

/// Decrypts a secret; `None` where key or label are others, or the text was changed.
pub(super) fn open(key: &Key, label: &str, sealed: &Sealed) -> Option<Secret> {
    let nonce: [u8; NONCE_LEN] = STANDARD.decode(&sealed.nonce).ok()?.try_into().ok()?;
    let mut text = Zeroizing::new(STANDARD.decode(&sealed.text).ok()?);
    let opened = cipher(key)?
        .open_in_place(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(label.as_bytes()),
            &mut text,
        )
        .ok()?;
    Some(Secret::new(std::str::from_utf8(opened).ok()?))
}
