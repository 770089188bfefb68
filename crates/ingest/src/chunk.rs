//! Cuts a stream into chunks of whole records, so that memory stays flat however large the file is.

use crate::feed::Format;
use crate::tables::Problem;
use std::io::{self, Read};
use std::sync::Arc;

/// Whole records of one file.
pub struct Chunk {
    /// The records as sent.
    pub bytes: Vec<u8>,
    /// The line in the file where they begin, from 1.
    pub line: u64,
    /// The first of its file.
    pub first: bool,
    /// How much of the load stands before this file, in any unit no smaller than lines: of two rows whose sender does not
    /// say when they were made, the one that was read later counts.
    pub after: u64,
    pub(crate) head: Option<Arc<Vec<u8>>>,
    pub(crate) problems: Vec<(u64, Problem)>,
    /// The chunk is one document and not a run of records.
    pub(crate) whole: bool,
}

impl Chunk {
    /// A chunk of one record, read again from where it was kept. `head` is the heading of a CSV file.
    pub fn of_record(bytes: Vec<u8>, line: u64, head: Option<Vec<u8>>) -> Chunk {
        let whole = false;
        Chunk { bytes, line, first: true, after: 0, head: head.map(Arc::new), problems: Vec::new(), whole }
    }
}

/// A chunk is about this long, in bytes.
const TARGET: usize = 2 << 20;
/// A record longer than this is cut anyway.
const LONGEST: usize = 8 << 20;
/// A document that is one record (a Bundle over many lines) may be this long.
const LONGEST_DOCUMENT: usize = 512 << 20;

/// The chunks of a stream.
pub struct Chunks<R> {
    reader: R,
    format: Format,
    buffer: Vec<u8>,
    line: u64,
    started: bool,
    ended: bool,
    head: Option<Arc<Vec<u8>>>,
    whole: bool,
    after: u64,
}

impl<R: Read> Chunks<R> {
    /// The chunks of what `reader` gives, cut as `format` wants it.
    pub fn new(reader: R, format: Format) -> Chunks<R> {
        let buffer = Vec::with_capacity(TARGET + (1 << 16));
        Chunks { reader, format, buffer, line: 1, started: false, ended: false, head: None, whole: false, after: 0 }
    }

    /// The same, with so much of the load before it ([`Chunk::after`]).
    pub fn after(self, after: u64) -> Chunks<R> {
        Chunks { after, ..self }
    }

    /// The heading of a CSV file, once the first chunk is out.
    pub fn head(&self) -> Option<&[u8]> {
        self.head.as_deref().map(Vec::as_slice)
    }

    fn fill(&mut self, to: usize) -> io::Result<()> {
        while !self.ended && self.buffer.len() < to {
            let from = self.buffer.len();
            self.buffer.resize(to.max(from + (1 << 16)), 0);
            let got = loop {
                match self.reader.read(&mut self.buffer[from..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.buffer.truncate(from + *got.as_ref().unwrap_or(&0));
            self.ended = got? == 0;
        }
        Ok(())
    }

    fn start(&mut self) -> io::Result<Vec<(u64, Problem)>> {
        self.started = true;
        self.fill(TARGET)?;
        if self.buffer.starts_with(b"\xEF\xBB\xBF") {
            self.buffer.drain(..3);
        }
        if self.buffer.iter().all(u8::is_ascii_whitespace) {
            let help = "if it should not be, ask the sender for it again";
            return Ok(vec![(1, Problem::note("empty_file", "", "the file is empty", help))]);
        }
        match self.format {
            Format::Csv | Format::Series => {
                let end = quoted_end(&self.buffer).min(self.buffer.len());
                self.head = Some(Arc::new(self.buffer[..end].to_vec()));
                self.line += lines(&self.buffer[..end]);
                self.buffer.drain(..end);
            }
            Format::Fhir => self.whole = !ndjson(&self.buffer),
            Format::Hl7v2 => {}
        }
        Ok(Vec::new())
    }

    fn cut(&self) -> usize {
        if self.ended {
            return self.buffer.len();
        }
        let last = match self.format {
            Format::Csv | Format::Series => last_row(&self.buffer),
            Format::Fhir => memchr::memrchr(b'\n', &self.buffer).map(|at| at + 1),
            Format::Hl7v2 => last_message(&self.buffer),
        };
        last.unwrap_or(0)
    }

    fn next_chunk(&mut self) -> io::Result<Option<Chunk>> {
        let first = !self.started;
        let problems = if first { self.start()? } else { Vec::new() };
        let mut target = if self.whole { LONGEST_DOCUMENT } else { TARGET };
        let cut = loop {
            self.fill(target)?;
            let cut = self.cut();
            if cut > 0 || self.ended {
                break cut;
            }
            target = self.buffer.len() * 2;
            if target > LONGEST {
                // No record ends within reach: a quote that never closes, or no records at all. Cut at a line.
                break memchr::memrchr(b'\n', &self.buffer).map_or(self.buffer.len(), |at| at + 1);
            }
        };
        if cut == 0 && !(first && (!problems.is_empty() || self.head.is_some())) {
            return Ok(None);
        }
        let rest = self.buffer.split_off(cut);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let line = self.line;
        self.line += lines(&bytes);
        let head = self.head.clone();
        Ok(Some(Chunk { bytes, line, first, after: self.after, head, problems, whole: self.whole }))
    }
}

impl<R: Read> Iterator for Chunks<R> {
    type Item = io::Result<Chunk>;
    fn next(&mut self) -> Option<io::Result<Chunk>> {
        self.next_chunk().transpose()
    }
}

/// How many lines end here: at a line feed, or at a carriage return that none follows (HL7 v2).
pub(crate) fn lines(bytes: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', bytes).count();
    let returns = memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count();
    (feeds + returns) as u64
}

/// The end of the first row, its line feed included.
fn quoted_end(bytes: &[u8]) -> usize {
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return at + 1,
            _ => {}
        }
    }
    memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1)
}

/// Behind the last line feed that an even number of quotes stands before.
fn last_row(bytes: &[u8]) -> Option<usize> {
    let mut end = bytes.len();
    let mut quotes = memchr::memchr_iter(b'"', bytes).count();
    loop {
        let at = memchr::memrchr(b'\n', &bytes[..end])?;
        quotes -= memchr::memchr_iter(b'"', &bytes[at..end]).count();
        if quotes.is_multiple_of(2) {
            return Some(at + 1);
        }
        end = at;
    }
}

/// Where the last message begins, unless that is where the buffer begins.
fn last_message(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::rfind_iter(bytes, b"MSH")
        .find(|at| *at > 0 && matches!(bytes[at - 1], b'\r' | b'\n' | 0x0B))
        .map(|at| if bytes[at - 1] == 0x0B { at - 1 } else { at })
        .filter(|at| *at > 0)
}

/// Whether each line is a document of its own.
fn ndjson(bytes: &[u8]) -> bool {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let line = &bytes[start..];
    let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
    line.starts_with(b"{")
        && line[..end].trim_ascii_end().ends_with(b"}")
        && serde_json::from_slice::<serde::de::IgnoredAny>(&line[..end]).is_ok()
        && !line[..end].windows(10).any(|part| part == b"\"Bundle\",\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives one byte or a few at a time, as a pipe does.
    struct Drip<'a>(&'a [u8], usize);
    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let take = self.1.min(self.0.len()).min(out.len());
            out[..take].copy_from_slice(&self.0[..take]);
            self.0 = &self.0[take..];
            Ok(take)
        }
    }

    fn check(bytes: &[u8], format: Format, step: usize) -> Vec<u8> {
        Chunks::new(Drip(bytes, step), format).flat_map(|chunk| chunk.unwrap().bytes).collect()
    }

    #[test]
    fn a_heading_is_kept_aside_and_lines_are_counted() {
        let chunk = Chunks::new("a,b\r\n1,2\r\n".as_bytes(), Format::Csv).next().unwrap().unwrap();
        assert_eq!((chunk.bytes.as_slice(), chunk.line), (&b"1,2\r\n"[..], 2));
    }

    #[test]
    fn an_empty_file_says_so() {
        let chunks: Vec<_> = Chunks::new("".as_bytes(), Format::Hl7v2).map(|chunk| chunk.unwrap()).collect();
        assert_eq!(chunks.len(), 1);
        assert_eq!(chunks[0].problems[0].1.code, "empty_file");
    }

    #[test]
    fn rows_are_cut_at_their_end_and_never_inside_quotes() {
        assert_eq!(last_row(b"1,\"a\nb\"\n2,\"c\n"), Some(8));
        assert_eq!(last_row(b"1,\"a\nb"), None);
        assert_eq!(last_message(b"MSH|1\rPID|\rMSH|2\r"), Some(11));
        assert_eq!(last_message(b"MSH|1\rPID|MSH\r"), None);
    }

    proptest! {
        #[test]
        fn no_byte_is_lost_however_it_drips(bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'"'), Just(b'M'), any::<u8>()], 1..400), step in 1usize..50) {
            let has_text = bytes.iter().any(|byte| !byte.is_ascii_whitespace());
            let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes).to_vec();
            if has_text {
                prop_assert_eq!(check(&bytes, Format::Hl7v2, step), text);
            }
        }
    }
}
