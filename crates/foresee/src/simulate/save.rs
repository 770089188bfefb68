//! The state of a run as bytes, and back: numbers in a fixed order, lists with their length before them.

/// What can be written as bytes and read again.
pub(crate) trait Saved: Sized {
    fn save(&self, bytes: &mut Vec<u8>);
    fn load(bytes: &mut &[u8]) -> Option<Self>;
}

macro_rules! numbers {
    ($($number:ty),*) => { $(
        impl Saved for $number {
            fn save(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
            fn load(bytes: &mut &[u8]) -> Option<Self> {
                let (number, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(<$number>::from_le_bytes(*number))
            }
        }
    )* };
}
numbers!(u8, u16, u32, u64, u128, i64, f64);

impl Saved for bool {
    fn save(&self, bytes: &mut Vec<u8>) {
        u8::from(*self).save(bytes);
    }
    fn load(bytes: &mut &[u8]) -> Option<Self> {
        Some(u8::load(bytes)? != 0)
    }
}

impl<T: Saved> Saved for Vec<T> {
    fn save(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).save(bytes);
        self.iter().for_each(|item| item.save(bytes));
    }
    fn load(bytes: &mut &[u8]) -> Option<Self> {
        let length = u64::load(bytes)?;
        if length > bytes.len() as u64 {
            return None;
        }
        (0..length).map(|_| T::load(bytes)).collect()
    }
}

impl<T: Saved> Saved for Option<T> {
    fn save(&self, bytes: &mut Vec<u8>) {
        self.is_some().save(bytes);
        self.iter().for_each(|item| item.save(bytes));
    }
    fn load(bytes: &mut &[u8]) -> Option<Self> {
        match bool::load(bytes)? {
            true => Some(Some(T::load(bytes)?)),
            false => Some(None),
        }
    }
}

/// A structure that is saved field by field.
macro_rules! saved {
    ($(#[$of:meta])* $seen:vis struct $name:ident { $($(#[$about:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        $(#[$of])*
        $seen struct $name {
            $( $(#[$about])* $field: $kind, )*
        }

        impl $crate::simulate::save::Saved for $name {
            fn save(&self, bytes: &mut Vec<u8>) {
                $( $crate::simulate::save::Saved::save(&self.$field, bytes); )*
            }
            fn load(bytes: &mut &[u8]) -> Option<Self> {
                Some($name { $( $field: $crate::simulate::save::Saved::load(bytes)? ),* })
            }
        }
    };
}
pub(crate) use saved;
