//! How fast is the Lake here? `cargo run --release -p store --example measure -- 1500000 [FOLDER]`
//!
//! Makes events like those of a place, with fixed pseudo-random values, and prints what each thing took, and the most
//! memory that was used.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{
    ArrayRef, BinaryArray, Int64Array, MapBuilder, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use store::{Access, Lake, Meta, Options};

const BATCH: u64 = 16_384;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: u64 = arguments.next().map_or(Ok(1_500_000), |rows| rows.parse())?;
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("lake-measure"), Into::into);
    let _ = std::fs::remove_dir_all(&folder);
    let lake = Lake::create(&folder, Options::default())?;

    let making = Clock::start();
    for from in (0..rows).step_by(BATCH as usize) {
        std::hint::black_box(events(from, BATCH.min(rows - from)));
    }
    println!("make    {rows} rows in {}", making.read());
    let appending = Clock::start();
    let mut load = lake.begin()?;
    for from in (0..rows).step_by(BATCH as usize) {
        load.append("events", &events(from, BATCH.min(rows - from)))?;
    }
    let people: Vec<i64> = (0..(rows / 20).max(1) as i64).collect();
    let subjects: ArrayRef = Arc::new(Int64Array::from(people.clone()));
    let persons: ArrayRef = Arc::new(Int64Array::from_iter_values(people.iter().map(|subject| subject / 2)));
    load.append("people", &RecordBatch::try_from_iter([("subject", subjects), ("person", persons)])?)?;
    load.commit(Meta::new())?;
    println!("make and append in {}", appending.read());
    for table in lake.tables()? {
        println!("        {} {} bytes in {} files", table.name, table.bytes, table.files);
    }

    drop(lake);
    let clock = Clock::start();
    let lake = Lake::open(&folder, Options::default())?;
    lake.sql("select count(*) from events")?;
    println!("open and count(*) in {}", clock.read());
    for query in [
        "select 1",
        "select count(*) from events",
        "select kind, count(*) from events group by kind",
        "select service, date_trunc('day', occurred_at) as day, count(*) from events group by 1, 2",
        "select count(distinct subject) from events",
        "select count(*) from events where occurred_at >= timestamp '2025-01-10T00:00:00Z' and occurred_at < timestamp '2025-01-11T00:00:00Z'",
        "select count(*) from events where attributes['ward'] = '7'",
    ] {
        let clock = Clock::start();
        lake.sql(query)?;
        println!("{}  {query}", clock.read());
    }

    let query = "select p.person, e.event_id, e.kind, e.service, e.occurred_at, e.episode, e.attributes \
                 from events e join people p on e.subject = p.subject order by p.person, e.occurred_at";
    let clock = Clock::start();
    let mut counted = 0;
    for batch in lake.stream(query, Access::Analyst)? {
        counted += batch?.num_rows();
    }
    println!("sort    {counted} joined rows in {}, most memory {}", clock.read(), most_memory());

    let clock = Clock::start();
    let mut load = lake.begin()?;
    for from in (0..rows).step_by(BATCH as usize) {
        load.add_digests(&digests(from, BATCH.min(rows - from)))?;
    }
    load.commit(Meta::new())?;
    println!("index   {rows} digests in {}", clock.read());
    let load = lake.begin()?;
    for (what, from) in [("known", 0), ("known again", 0), ("new", rows)] {
        let probes: Vec<Vec<u128>> =
            (0..rows.min(4_000_000)).step_by(BATCH as usize).map(|at| digests(from + at, BATCH)).collect();
        let clock = Clock::start();
        let found: usize =
            probes.iter().map(|probe| load.contains_batch(probe).iter().filter(|in_| **in_).count()).sum();
        let probed = probes.len() * BATCH as usize;
        println!("probe   {probed} {what} in {}, found {found}", clock.read());
    }
    println!("most memory {}", most_memory());
    Ok(())
}

/// Time on the wall, and of all processors: on a busy machine only the second says what the work costs.
struct Clock(Instant, f64);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), processor_seconds())
    }

    fn read(&self) -> String {
        let wall = self.0.elapsed().as_secs_f64() * 1e3;
        format!("{wall:.1} ms ({:.0} ms of processor)", (processor_seconds() - self.1) * 1e3)
    }
}

/// Linux counts hundredths of a second in fields 14 and 15; elsewhere this is zero.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    stat.split(' ').skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// A fixed mixing function, so that every run sees the same rows.
fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn digests(from: u64, count: u64) -> Vec<u128> {
    (from..from + count).map(|at| u128::from(mix(at)) << 64 | u128::from(mix(!at))).collect()
}

fn events(from: u64, count: u64) -> RecordBatch {
    let ids = from..from + count;
    let texts = |name: &str, kinds: u64, salt: u64| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(ids.clone().map(|id| format!("{name}-{}", mix(id ^ salt) % kinds))))
    };
    let numbers = |of: &dyn Fn(u64) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(ids.clone().map(|id| of(id) as i64)))
    };
    // A year of arrivals, roughly in order as extracts are.
    let at = |id: u64, later: u64| {
        1_735_689_600_000_000 + (id * 20_000_000 + mix(id) % 3_600_000_000 + later) as i64 % 31_536_000_000_000
    };
    let times = |later: u64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(ids.clone().map(|id| at(id, later))).with_timezone("UTC"))
    };
    let mut attributes = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for id in ids.clone() {
        attributes.keys().append_value("ward");
        attributes.values().append_value((mix(id) % 40).to_string());
        attributes.append(true).expect("keys and values come in pairs");
    }
    let records = digests(from, count).into_iter().map(u128::to_be_bytes);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("event_id", numbers(&mix)),
        ("record_id", Arc::new(BinaryArray::from_iter_values(records))),
        ("feed", texts("feed", 6, 1)),
        ("organisation", texts("organisation", 8, 2)),
        ("service", texts("service", 40, 3)),
        ("subject", numbers(&|id| mix(id ^ 4) % (id / 20 + 1))),
        ("episode", numbers(&|id| mix(id / 6))),
        ("kind", texts("kind", 10, 5)),
        ("occurred_at", times(0)),
        ("precision", texts("precision", 3, 6)),
        ("received_at", times(600_000_000)),
        ("other_service", texts("service", 40, 7)),
        ("need", texts("need", 200, 8)),
        ("fact", numbers(&|id| mix(id / 2))),
        ("attributes", Arc::new(attributes.finish())),
    ];
    RecordBatch::try_from_iter(columns).expect("columns of one length")
}

fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.map_or("unknown".to_owned(), |line| line.trim_start_matches("VmHWM:").trim().to_owned())
}
