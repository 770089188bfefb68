use crate::Identifiers;
use aes_siv::KeyInit;
use aes_siv::siv::Aes128Siv;
use thiserror::Error;

/// The key of one place: 32 random bytes kept in a file outside the Lake, readable by its owner alone (mode 0600).
#[derive(Clone)]
pub struct Key {
    seal: [u8; 32],
    pseudonym: [u8; 32],
}

/// A keyed digest of who somebody is: the same subject always gets the same number, and nobody without the key can find
/// the subject from it.
pub type Pseudonym = i64;

/// Why sealed bytes could not be opened.
#[derive(Debug, Error)]
pub enum SealError {
    /// Not sealed with this key, or damaged.
    #[error("the sealed identifiers do not open with this key; use the key file that the place was made with")]
    WrongKey,
    /// Opened, but not identifiers.
    #[error("the sealed identifiers are damaged")]
    Damaged,
}

impl Key {
    /// The key made of the 32 bytes of a key file. Two keys are derived from it (BLAKE3 `derive_key`), one to seal and one
    /// to make pseudonyms.
    pub fn new(bytes: &[u8; 32]) -> Key {
        Key {
            seal: blake3::derive_key("catchment 2025 seal identifiers", bytes),
            pseudonym: blake3::derive_key("catchment 2025 pseudonym", bytes),
        }
    }

    /// The pseudonym of the parts that together name somebody or something, such as an organisation and its local number.
    ///
    /// ```
    /// let key = vault::Key::new(&[7; 32]);
    /// assert_eq!(key.pseudonym(&[b"QR1", b"12"]), key.pseudonym(&[b"QR1", b"12"]));
    /// assert_ne!(key.pseudonym(&[b"QR1", b"12"]), key.pseudonym(&[b"QR11", b"2"]));
    /// ```
    pub fn pseudonym(&self, parts: &[&[u8]]) -> Pseudonym {
        let mut buffer = [0u8; 256];
        let length: usize = parts.iter().map(|part| part.len() + 4).sum();
        let digest = if length <= buffer.len() {
            let mut at = 0;
            for part in parts {
                buffer[at..at + 4].copy_from_slice(&(part.len() as u32).to_le_bytes());
                buffer[at + 4..at + 4 + part.len()].copy_from_slice(part);
                at += part.len() + 4;
            }
            blake3::keyed_hash(&self.pseudonym, &buffer[..length])
        } else {
            let mut hasher = blake3::Hasher::new_keyed(&self.pseudonym);
            for part in parts {
                hasher.update(&(part.len() as u32).to_le_bytes()).update(part);
            }
            hasher.finalize()
        };
        let mut first = [0u8; 8];
        first.copy_from_slice(&digest.as_bytes()[..8]);
        // Positive, so that it reads the same in every tool.
        i64::from_le_bytes(first) & i64::MAX
    }

    /// A sealer for one thread's work.
    pub fn sealer(&self) -> Sealer {
        Sealer { cipher: Aes128Siv::new((&self.seal).into()) }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Key(…)")
    }
}

/// Seals and opens with the key of a place.
pub struct Sealer {
    cipher: Aes128Siv,
}

impl Sealer {
    /// Seals any bytes, such as a record as it was sent.
    pub fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        // AES-SIV refuses only more than 126 headers; there are none.
        self.cipher.encrypt::<[&[u8]; 0], &[u8]>([], plain).unwrap_or_default()
    }

    /// Opens what [`Sealer::seal`] made.
    ///
    /// # Errors
    /// When it was sealed with another key, or is damaged.
    pub fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.cipher.decrypt::<[&[u8]; 0], &[u8]>([], sealed).map_err(|_| SealError::WrongKey)
    }

    /// Seals identifiers.
    pub fn seal_identifiers(&mut self, who: &Identifiers) -> Vec<u8> {
        self.seal(&who.to_bytes())
    }

    /// Opens sealed identifiers.
    ///
    /// # Errors
    /// When they were sealed with another key, or are damaged.
    pub fn open_identifiers(&mut self, sealed: &[u8]) -> Result<Identifiers, SealError> {
        Identifiers::from_bytes(&self.open(sealed)?).ok_or(SealError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_sealed_opens_with_its_key_and_no_other(plain: Vec<u8>, key: [u8; 32]) {
            let sealed = Key::new(&key).sealer().seal(&plain);
            prop_assert_eq!(Key::new(&key).sealer().open(&sealed).unwrap(), plain.clone());
            let mut other = key;
            other[0] ^= 1;
            prop_assert!(Key::new(&other).sealer().open(&sealed).is_err());
            prop_assert_eq!(Key::new(&key).sealer().seal(&plain), sealed);
        }
    }
}
