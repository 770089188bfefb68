//! A log as bytes: its columns one after another, so that the next question needs no reading of rows and no sorting.
//!
//! About 6 bytes an event: one for the activity, four for the time, half a byte for the offset of its case, and the
//! name of the case. Little endian; the text at the start names the layout.

use super::alike::alike;
use super::columns::{Codes, Names, Precision, Texts, Times};
use super::{Log, LogError, Problem, Problems, What, iso};
use std::io::{Read, Write};

const MAGIC: &[u8; 16] = b"catchment log 1\n";

/// A number of fixed width.
trait Plain: Copy + Default {
    const BYTES: usize;
    fn put(self, out: &mut Vec<u8>);
    fn get(bytes: &[u8]) -> Self;
}
macro_rules! plain {
    ($($number:ty),*) => {$(
        impl Plain for $number {
            const BYTES: usize = size_of::<$number>();
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn get(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(0, <$number>::from_le_bytes)
            }
        }
    )*};
}
plain!(u8, u16, u32, u64, i64);

/// How much is turned into bytes, or read, at a time.
const CHUNK: usize = 1 << 16;

struct Out<W>(W);

impl<W: Write> Out<W> {
    fn list<T: Plain>(&mut self, list: &[T]) -> Result<(), LogError> {
        self.0.write_all(&(list.len() as u64).to_le_bytes())?;
        let mut bytes = Vec::with_capacity(CHUNK);
        for chunk in list.chunks(CHUNK / T::BYTES) {
            bytes.clear();
            chunk.iter().for_each(|&number| number.put(&mut bytes));
            self.0.write_all(&bytes)?;
        }
        Ok(())
    }

    fn names<'a>(&mut self, names: impl Iterator<Item = &'a str> + Clone) -> Result<(), LogError> {
        self.list(&names.clone().map(|n| n.len() as u32).collect::<Vec<_>>())?;
        self.list(&names.flat_map(str::bytes).collect::<Vec<_>>())
    }

    fn codes(&mut self, codes: &Codes) -> Result<(), LogError> {
        match codes {
            Codes::One(codes) => self.list(&[1_u8]).and_then(|()| self.list(codes)),
            Codes::Two(codes) => self.list(&[2_u8]).and_then(|()| self.list(codes)),
            Codes::Four(codes) => self.list(&[4_u8]).and_then(|()| self.list(codes)),
        }
    }
}

fn damaged(what: &str) -> LogError {
    LogError::Stored(what.to_owned())
}

struct In<R>(R);

impl<R: Read> In<R> {
    fn list<T: Plain>(&mut self) -> Result<Vec<T>, LogError> {
        let mut length = [0; 8];
        self.0.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length) as usize;
        // A damaged length must not ask for all memory at once.
        let mut list = Vec::new();
        let mut bytes = vec![0; CHUNK];
        while list.len() < length {
            let count = (CHUNK / T::BYTES).min(length - list.len());
            let bytes = &mut bytes[..count * T::BYTES];
            self.0.read_exact(bytes)?;
            list.extend(bytes.chunks_exact(T::BYTES).map(T::get));
        }
        Ok(list)
    }

    fn one<T: Plain>(&mut self) -> Result<T, LogError> {
        self.list()?.first().copied().ok_or_else(|| damaged("a number is missing"))
    }

    fn names(&mut self) -> Result<Vec<String>, LogError> {
        let (lengths, bytes) = (self.list::<u32>()?, self.list::<u8>()?);
        let mut rest = bytes.as_slice();
        lengths
            .into_iter()
            .map(|length| {
                let (name, after) =
                    rest.split_at_checked(length as usize).ok_or_else(|| damaged("a name is cut short"))?;
                rest = after;
                String::from_utf8(name.to_vec()).map_err(|_| damaged("a name is not UTF-8"))
            })
            .collect()
    }

    fn codes(&mut self, names: usize, events: usize) -> Result<Codes, LogError> {
        let codes = match self.one::<u8>()? {
            1 => Codes::One(self.list()?),
            2 => Codes::Two(self.list()?),
            4 => Codes::Four(self.list()?),
            _ => return Err(damaged("codes of an unknown width")),
        };
        if codes.len() != events || (0..events).any(|at| codes.get(at) as usize >= names) {
            return Err(damaged("codes that name nothing"));
        }
        Ok(codes)
    }
}

impl Log {
    /// Writes the log as bytes.
    ///
    /// Errors: when the bytes cannot be written.
    pub fn write(&self, bytes: impl Write) -> Result<(), LogError> {
        let mut out = Out(bytes);
        out.0.write_all(MAGIC)?;
        out.list(&self.starts)?;
        match &self.cases {
            Names::Whole(ids) => out.list(&[0_u8]).and_then(|()| out.list(ids))?,
            Names::Text(texts) => {
                out.list(&[1_u8])?;
                out.names((0..texts.len() as u32).map(|at| texts.get(at)))?;
            }
        }
        match &self.time {
            Times::Seconds { origin, since } => {
                out.list(&[0_u8])?;
                out.list(&[*origin])?;
                out.list(since)?;
            }
            Times::Micros(micros) => out.list(&[1_u8]).and_then(|()| out.list(micros))?,
        }
        out.names(self.activities.iter().map(String::as_str))?;
        out.codes(&self.activity)?;
        out.list(&[u8::from(self.by.is_some())])?;
        if let Some((codes, names)) = &self.by {
            out.names(names.iter().map(String::as_str))?;
            out.codes(codes)?;
        }
        let Problems { no_case, no_activity, no_time, first } = &self.problems;
        out.list(&[*no_case, *no_activity, *no_time])?;
        out.list(&first.iter().map(|p| p.row).collect::<Vec<_>>())?;
        out.list(&first.iter().map(|p| p.what as u8).collect::<Vec<_>>())
    }

    /// Reads what [`Log::write`] wrote.
    ///
    /// Errors: bytes that are no stored log, or are damaged.
    pub fn read(bytes: impl Read) -> Result<Log, LogError> {
        let mut from = In(bytes);
        let mut magic = [0; MAGIC.len()];
        from.0.read_exact(&mut magic)?;
        if magic != *MAGIC {
            return Err(damaged("the first bytes are not those of a log"));
        }
        let starts: Vec<u32> = from.list()?;
        let events = match starts.as_slice() {
            [0, .., last] => *last as usize,
            [0] => 0,
            _ => return Err(damaged("no first case")),
        };
        let cases = match from.one::<u8>()? {
            0 => Names::Whole(from.list()?),
            _ => {
                let mut texts = Texts::default();
                from.names()?.iter().for_each(|name| {
                    texts.number(name);
                });
                Names::Text(texts.sealed())
            }
        };
        let count = match &cases {
            Names::Whole(ids) => ids.len(),
            Names::Text(texts) => texts.len(),
        };
        let time = match from.one::<u8>()? {
            0 => Times::Seconds { origin: from.one()?, since: from.list()? },
            _ => Times::Micros(from.list()?),
        };
        let sorted = starts.windows(2).all(|case| {
            let range = case[0] as usize..case[1] as usize;
            match &time {
                Times::Seconds { since, .. } => since.get(range).is_some_and(|t| !t.is_empty() && t.is_sorted()),
                Times::Micros(micros) => micros.get(range).is_some_and(|t| !t.is_empty() && t.is_sorted()),
            }
        });
        if !sorted || count + 1 != starts.len() {
            return Err(damaged("events are not in order"));
        }
        let known = |at: usize| iso::known(time.micros(at)).is_some();
        let origin = match &time {
            Times::Seconds { origin, .. } => iso::seconds(*origin),
            Times::Micros(_) => Some(0),
        };
        if origin.is_none() || !(0..events).all(known) {
            return Err(damaged("times beyond the calendar"));
        }
        let activities = from.names()?;
        let activity = from.codes(activities.len(), events)?;
        let by = match from.one::<u8>()? {
            0 => None,
            _ => {
                let names = from.names()?;
                Some((from.codes(names.len(), events)?, names))
            }
        };
        let [no_case, no_activity, no_time] =
            from.list::<u64>()?.try_into().map_err(|_| damaged("no count of problems"))?;
        let (rows, whats) = (from.list::<u64>()?, from.list::<u8>()?);
        let what = |what: u8| [What::Case, What::Activity, What::Time].into_iter().find(|w| *w as u8 == what);
        let first = rows.into_iter().zip(whats).filter_map(|(row, w)| Some(Problem { row, what: what(w)? })).collect();
        Ok(Log {
            precision: Precision::of(&starts, &time),
            alike: alike(&starts, &activity, activities.len()),
            starts,
            cases,
            activity,
            activities,
            time,
            by,
            problems: Problems { no_case, no_activity, no_time, first },
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::log::{Columns, Log};

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_fall() {
        let csv = "case,activity,time\nA,x,2025-01-06T09:00\n,,\nA,y,2025-01-06T09:10\nB,x,2025-01-06T09:20\n";
        let log = Log::from_csv(csv.as_bytes(), &Columns::default()).unwrap();
        let mut bytes = Vec::new();
        log.write(&mut bytes).unwrap();
        assert_eq!(Log::read(bytes.as_slice()).unwrap(), log);
        for at in 0..bytes.len() {
            assert!(Log::read(&bytes[..at]).is_err());
            let mut other = bytes.clone();
            other[at] ^= 0x55;
            if let Ok(log) = Log::read(other.as_slice()) {
                log.answers();
            }
        }
    }
}
