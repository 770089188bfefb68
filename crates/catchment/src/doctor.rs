//! `doctor`: is the place well? Each row is something that was looked at, what was found, and what to do.

use crate::fault::Fault;
use crate::place::{Catchment, embedded};
use crate::view::Reader;
use show::{Cell, Table};

/// The table, and whether all is well.
pub fn examine(at: &Catchment) -> Result<(Table, bool), Fault> {
    let mut table = Table::new(["what", "state", "found", "help"]);
    let mut well = true;
    let mut tell = |what: &str, ok: bool, found: String, help: &str| {
        well &= ok;
        table.push([
            Cell::from(what),
            Cell::from(if ok { "well" } else { "look" }),
            Cell::from(found),
            Cell::from(if ok { "" } else { help }),
        ]);
    };
    let place = &at.place;
    tell(
        "place.toml",
        !place.services.is_empty(),
        format!(
            "{} organisations, {} services, {} handovers, {} people",
            place.organisations.len(),
            place.services.len(),
            place.handovers.len(),
            show::number::count(place.population())
        ),
        "add [[service]] entries: docs/place.md",
    );
    tell("vault.key", true, "read by its owner alone".to_owned(), "");
    tell("feeds", !at.feeds.is_empty(), format!("{} feed files", at.feeds.len()), "write a feed file: docs/feeds.md");
    tell(
        "measures",
        at.measure_problems.is_empty(),
        format!("{} measures, {} broken", at.measures.len(), at.measure_problems.len()),
        "see below",
    );
    tell(
        "pressure",
        at.pressure_problems.is_empty(),
        format!(
            "{} paths, {} scales, {} broken",
            at.pressure.paths.len(),
            at.pressure.tables.len(),
            at.pressure_problems.len()
        ),
        "see below",
    );
    let broken = at.measure_problems.iter().map(|problem| ("measures", problem));
    for (what, problem) in broken.chain(at.pressure_problems.iter().map(|problem| ("pressure", problem))) {
        tell(
            what,
            false,
            format!("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message),
            &problem.help,
        );
    }
    tell(
        "styles",
        !embedded::ASSETS.is_empty(),
        format!("{} files in the binary", embedded::ASSETS.len()),
        "npm ci && npm run build, then build again",
    );
    let tables = at.lake.tables()?;
    let rows = |name: &str| tables.iter().find(|known| known.name == name).map_or(0, |known| known.rows);
    let bytes: u64 = tables.iter().map(|known| known.bytes).sum();
    tell(
        "Lake",
        true,
        format!(
            "version {}, {} records, {} events, {} stays, {} MB",
            at.lake.version()?,
            show::number::count(rows("records")),
            show::number::count(rows("events")),
            show::number::count(rows("stays")),
            bytes >> 20
        ),
        "",
    );
    let (entries, wrong) = at.said.verify()?;
    // What is not as it was written is not read.
    let refused = if wrong.is_none() { at.said.state()?.refused.clone() } else { Vec::new() };
    tell(
        "Ledger",
        wrong.is_none() && refused.is_empty(),
        match (wrong, refused.first()) {
            (Some(entry), _) => format!("entry {entry} is not as it was written"),
            (None, Some((entry, why))) => {
                format!("{entries} entries, as they were written; entry {entry} is set aside: {why}")
            }
            (None, None) => format!("{entries} entries, as they were written"),
        },
        "bring it back from your backup, or from what `catchment ledger export` wrote",
    );
    let reader = Reader::new(at)?;
    if reader.has("sources") {
        let stale = at.lake.meta()?.get("fresh") == Some(&serde_json::Value::Bool(false));
        tell(
            "derived tables",
            !stale,
            if stale { "older than the facts" } else { "as new as the facts" }.to_owned(),
            "catchment see makes them anew",
        );
        for source in reader.sources()? {
            let found = format!(
                "{} records, {} problems, {}",
                show::number::count(source.records),
                show::number::count(source.problems),
                source.freshness
            );
            tell(&source.feed, !source.stale, found, "ask the sender for what is missing");
        }
        let waiting = reader
            .ask("select count(*) as n from problems where severity = 'error'")?
            .rows()
            .next()
            .map_or(0, |row| row.count("n"));
        tell(
            "problems",
            waiting == 0,
            format!("{} held back", show::number::count(waiting)),
            "catchment problems lists them with the way out",
        );
    }
    Ok((table, well))
}
