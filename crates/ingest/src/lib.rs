//! The bytes of one organisation become records, problems and events.
//!
//! A feed file says what the bytes mean ([`Feed`]); [`Chunks`] cuts a stream where a record ends, so that memory stays flat
//! and chunks can be decoded side by side; [`Decoder::decode`] makes tables of each. A bad row never stops a good one: it
//! becomes a problem with its line, the reason and the way out. There is no disk, clock or network here: the caller opens
//! the file and says when.
//!
//! ```
//! use domain::{Instant, Place};
//! use ingest::{Chunks, Decoder, Feed, Key};
//! let place = Place::parse("name = 'Rivermead'
//! organisation = [{ id = 'QR1', name = 'General', sector = 'acute' }]
//! service = [{ id = 'ed', name = 'ED', kind = 'emergency_department', organisation = 'QR1' }]").unwrap();
//! let feed = Feed::parse("feed = 'ed'\norganisation = 'QR1'\nformat = 'csv'
//! event = [{ kind = 'started', at = 'arrived', service = 'ed' }]", &place).unwrap();
//! let file = "who,arrived\n1,2025-11-03 09:14\n2,yesterday\n".as_bytes();
//! let decoder = Decoder::new(&feed, &place, Key::new(&[7; 32]), Instant(1_763_000_000));
//! for chunk in Chunks::new(file, feed.format) {
//!     let tables = decoder.decode(&chunk.unwrap(), "ed.csv");
//!     assert_eq!((tables.digests.len(), tables.event_count(), tables.held), (2, 1, 1));
//! }
//! ```

mod chunk;
mod csv_rows;
mod feed;
mod fhir;
mod hl7v2;
mod series;
mod tables;

pub use chunk::{Chunk, Chunks};
pub use feed::{Feed, FeedError, Format, SeriesFeed, SeriesRule, SeriesWhere};
pub use tables::{
    Decoded, Problem, Severity, events_schema, problems_schema, published_schema, records_schema, subjects_schema,
};
/// The key of the place's vault: it can be made from its file and handed on, and nothing behind it can be named.
pub use vault::Key;

use domain::{Date, Instant, Place, Precision, Zone};
use tables::{Draft, Output};
use vault::{Identifiers, Pseudonym};

/// Decodes the chunks of one feed.
pub struct Decoder<'a> {
    feed: &'a Feed,
    place: &'a Place,
    key: Key,
    loaded_at: Instant,
    reading: i64,
}

impl<'a> Decoder<'a> {
    /// A decoder of this feed; `loaded_at` is the time of loading, against which impossible times are told.
    pub fn new(feed: &'a Feed, place: &'a Place, key: Key, loaded_at: Instant) -> Decoder<'a> {
        Decoder { feed, place, key, loaded_at, reading: 0 }
    }

    /// The same, for records that were read before and are read again: what they say counts as a later version.
    pub fn again(self, reading: i64) -> Decoder<'a> {
        Decoder { reading, ..self }
    }

    /// The tables of one chunk; `source` is the name of its file.
    pub fn decode(&self, chunk: &Chunk, source: &str) -> Decoded {
        let mut out = Output::new(self.feed, source, self.place, &self.key, self.loaded_at, self.reading, chunk.after);
        for (line, problem) in &chunk.problems {
            out.problem(*line, problem);
        }
        match self.feed.format {
            Format::Csv => csv_rows::decode(chunk, self.feed, &self.key, self.loaded_at, &mut out),
            Format::Hl7v2 => hl7v2::decode(chunk, self.feed, &self.key, self.loaded_at, &mut out),
            Format::Fhir => fhir::decode(chunk, self.feed, &self.key, self.loaded_at, &mut out),
            Format::Series => series::decode(chunk, self.feed, &mut out),
        }
        out.finish()
    }

    /// The tables of a published Parquet file.
    ///
    /// # Errors
    /// What is wrong with the file, as the reader says it.
    pub fn decode_parquet<R: parquet::file::reader::ChunkReader + 'static>(
        &self,
        file: R,
        source: &str,
    ) -> Result<Decoded, String> {
        let mut out = Output::new(self.feed, source, self.place, &self.key, self.loaded_at, self.reading, 0);
        series::decode_parquet(file, self.feed, &mut out)?;
        Ok(out.finish())
    }

    /// The payload of a record as it was sent.
    ///
    /// # Errors
    /// When it was sealed with another key.
    pub fn open(&self, payload: &[u8]) -> Result<Vec<u8>, vault::SealError> {
        self.key.sealer().open(payload)
    }
}

/// Times outside these are mistakes: nobody alive has records before 1950, and nothing is booked two years ahead.
const EARLIEST: Date = Date(-7_305);
const AHEAD_SECONDS: i64 = 731 * 86_400;

type Refusal = (&'static str, String, &'static str);

/// Reads the time of an event, or says why it cannot be one.
pub(crate) fn check_time(zone: &Zone, written: &str, loaded_at: Instant) -> Result<(Instant, Precision), Refusal> {
    let (at, precision) = zone.parse(written).map_err(|wrong| {
        ("bad_time", format!("{wrong}"), "write it as 2025-11-03T09:14, 03/11/2025 09:14 or 20251103")
    })?;
    check_range(zone, at, loaded_at)?;
    Ok((at, precision))
}

pub(crate) fn check_range(zone: &Zone, at: Instant, loaded_at: Instant) -> Result<(), Refusal> {
    let date = zone.date(at);
    if date < EARLIEST {
        let message = format!("the year {} is too long ago to be true", date.ymd().0);
        return Err((
            "impossible_time",
            message,
            "a filler date or a wrong clock at the sender; ask for the record again",
        ));
    }
    if at.0 > loaded_at.0 + AHEAD_SECONDS {
        let message = format!("the year {} is too far ahead to be true", date.ymd().0);
        return Err((
            "impossible_time",
            message,
            "a filler date or a wrong clock at the sender; ask for the record again",
        ));
    }
    Ok(())
}

/// The pseudonym of a subject: the sender's own number, else the NHS number, else name, birth date and postcode.
pub(crate) fn subject_of(who: &Identifiers, organisation: &str, key: &Key) -> Pseudonym {
    let organisation = organisation.as_bytes();
    if !who.local_id.is_empty() {
        return key.pseudonym(&[b"local", organisation, who.local_id.as_bytes()]);
    }
    if let Some(number) = who.nhs_number {
        return key.pseudonym(&[b"nhs", organisation, &number.digits().to_le_bytes()]);
    }
    let birth = who.birth_date.map_or(0, |date| date.0).to_le_bytes();
    let (family, given) = (who.family_name.to_ascii_uppercase(), who.given_name.to_ascii_uppercase());
    key.pseudonym(&[b"name", organisation, family.as_bytes(), given.as_bytes(), &birth, who.postcode.as_bytes()])
}

pub(crate) fn read_nhs_number(written: &str, field: &str, who: &mut Identifiers, problems: &mut Vec<Problem>) {
    if written.is_empty() {
        return;
    }
    match written.parse() {
        Ok(number) => who.nhs_number = Some(number),
        Err(wrong) => problems.push(Problem::warning(
            "bad_nhs_number",
            field,
            wrong.to_string(),
            "the record is in without it; it can still be linked by name, birth date and postcode",
        )),
    }
}

pub(crate) fn read_birth_date(
    written: &str,
    field: &str,
    zone: &Zone,
    who: &mut Identifiers,
    problems: &mut Vec<Problem>,
) {
    if written.is_empty() {
        return;
    }
    match zone.parse(written).map(|(at, _)| zone.date(at)) {
        Ok(date) if (1880..=2100).contains(&date.ymd().0) => who.birth_date = Some(date),
        _ => problems.push(Problem::warning(
            "bad_birth_date",
            field,
            "the birth date cannot be read or cannot be true",
            "the record is in without it",
        )),
    }
}

/// A draft that only refuses the record.
pub(crate) fn refuse<'a>(problem: Problem) -> Draft<'a> {
    Draft { problems: vec![problem], ..Draft::default() }
}
