//! Encryption at rest: what windlass keeps of secrets, it keeps sealed.
//!
//! XChaCha20-Poly1305, with a nonce drawn at random for each text: 192 bits are enough to draw for as long as anybody
//! likes. What a text is about goes in as associated data, so that a sealed text cannot be put in the place of another.

use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

/// A key, ready for use.
pub(super) struct Seal(XChaCha20Poly1305);

/// In front of each sealed text.
const NONCE: usize = 24;

impl Seal {
    pub fn new(key: &[u8; 32]) -> Seal {
        Seal(XChaCha20Poly1305::new(&Key::from(*key)))
    }

    /// Nonce, encrypted text, tag.
    pub fn close(&self, text: &[u8], about: &[&str]) -> Vec<u8> {
        let nonce = XNonce::generate();
        let aad = about_bytes(about);
        let sealed = self.0.encrypt(&nonce, Payload { msg: text, aad: &aad });
        let sealed = sealed.expect("only texts of more than 256 GiB are refused, and nobody has so much memory");
        [nonce.as_slice(), &sealed].concat()
    }

    /// `None`: another key has closed it, or it is about something else, or somebody has changed it.
    pub fn open(&self, sealed: &[u8], about: &[&str]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let aad = about_bytes(about);
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad }).ok()
    }
}

/// Parts do not run into each other: none of them holds the byte between them.
fn about_bytes(about: &[&str]) -> Vec<u8> {
    about.join("\0").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_closed_opens_only_with_its_key_and_for_its_purpose_and_untouched() {
        let seal = Seal::new(&[1; 32]);
        let sealed = seal.close(b"hunter2", &["secret", "db"]);
        assert_eq!(seal.open(&sealed, &["secret", "db"]).as_deref(), Some(&b"hunter2"[..]));
        assert_eq!(seal.open(&sealed, &["secret", "mail"]), None);
        assert_eq!(Seal::new(&[2; 32]).open(&sealed, &["secret", "db"]), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open(&changed, &["secret", "db"]), None, "byte {at}");
            assert_eq!(seal.open(&sealed[..at], &["secret", "db"]), None, "cut at {at}");
        }
    }

    #[test]
    fn the_same_text_never_looks_the_same_and_never_shows() {
        let seal = Seal::new(&[1; 32]);
        let (one, two) = (seal.close(b"hunter2hunter2", &["a"]), seal.close(b"hunter2hunter2", &["a"]));
        assert_ne!(one, two);
        assert!(!one.windows(7).any(|window| window == b"hunter2"));
    }
}
