use super::*;
use crate::ledger::{Totals, displacement};
use domain::Date;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

// The manual.

/// The rows under each heading of a page of spec/pressure, by the names of their columns, with the place of each.
fn spec(page: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let text = std::fs::read_to_string(root().join("spec/pressure").join(page)).unwrap();
    let (mut head, mut rows) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        let Some(line) = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            head.clear();
            continue;
        };
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
        if head.is_empty() {
            head = cells;
        } else if !cells.iter().all(|cell| cell == "---") {
            assert_eq!(cells.len(), head.len(), "{page}:{}", at + 1);
            rows.push((format!("{page}:{}", at + 1), head.iter().cloned().zip(cells).collect()));
        }
    }
    assert!(rows.len() >= 4, "only {} rows in {page}", rows.len());
    rows
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|word| word.parse().unwrap_or_else(|_| panic!("`{word}` is no number"))).collect()
}

/// "4 5 6, then 9": the pattern again and again for the half-year and the four weeks, then now; "-" is no reading.
fn end(text: &str) -> Vec<Option<f64>> {
    if text == "none" {
        return Vec::new();
    }
    let reading = |word: &str| (word != "-").then(|| numbers(word)[0]);
    let Some((pattern, now)) = text.split_once(", then ") else { return vec![reading(text)] };
    let pattern: Vec<Option<f64>> = pattern.split_whitespace().map(reading).collect();
    let mut readings: Vec<_> = pattern.into_iter().cycle().take(Usual::DAILY.needs()).collect();
    readings.push(reading(now));
    readings
}

#[test]
fn the_manual_of_states_is_true() {
    for (at, row) in spec("state.md") {
        let (cuts, unit) = match row["cuts"].as_str() {
            "usual" => (Cuts::Usual(Usual::DAILY), Unit::People),
            fixed => {
                let (front, back) = fixed.split_once(" and ").unwrap();
                (Cuts::Fixed { front: numbers(front)[0], back: numbers(back)[0] }, Unit::Minutes)
            }
        };
        let now = *state(&end(&row["front"]), &end(&row["back"]), &cuts, 1).last().unwrap();
        assert_eq!(now.condition().name(), row["state"], "{at}");
        assert_eq!(now.level().map_or("-".to_owned(), |level| level.to_string()), row["level"], "{at}");
        let (front, back) = match unit {
            Unit::People => ("to come in", "to leave"),
            Unit::Minutes => ("for an ambulance", "in the department"),
        };
        let reason = now.reason(&Waits { waits: front, unit }, &Waits { waits: back, unit });
        assert_eq!(reason, row["reason"], "{at}");
    }
}

#[test]
fn the_manual_of_declared_levels_is_true() {
    let mut days = Vec::new();
    for (at, row) in spec("declared.md") {
        let cuts = Cuts::Fixed { front: 10.0, back: 420.0 };
        let now = state(&end(&row["front"]), &end(&row["back"]), &cuts, 1)[0];
        let declared = row["declared"].parse().ok();
        let day = Day::new("Rivermead General", Date(20_406), declared, &now, String::new());
        assert_eq!(day.verdict.name(), row["agreement"], "{at}");
        let said = day.disagreement().map_or(String::new(), |said| said.replace("2025-11-14: Rivermead General ", ""));
        assert_eq!(said, row["said"], "{at}");
        days.push(day);
    }
    let counted = agreement(&days);
    let all = counted.both + counted.declared_only + counted.measured_only + counted.neither + counted.unknown;
    assert_eq!(all, days.len());
    let page = std::fs::read_to_string(root().join("spec/pressure/declared.md")).unwrap();
    assert!(page.replace('\n', " ").contains(&counted.sentence()), "{}", counted.sentence());
    let batch = days_to_batch(&days).unwrap();
    assert_eq!(batch.num_rows(), days.len());
    assert_eq!(agreement(&[]).share(), None);
    assert_eq!(agreement(&[]).share_of_pressure(), None);
}

/// The toy scale of the manual.
fn toy() -> Table {
    let text = std::fs::read_to_string(root().join("spec/pressure/scale.md")).unwrap();
    let toml = text.split("```").find_map(|block| block.strip_prefix("toml\n")).unwrap();
    let (config, problems) = parse([("toy.toml", toml)]);
    assert_eq!(problems, []);
    config.tables[0].clone()
}

#[test]
fn the_manual_of_scales_is_true() {
    let toy = toy();
    for (at, row) in spec("scale.md") {
        let said = if let Some(readings) = row.get("readings") {
            let readings: Vec<(&str, f64)> = readings
                .split(", ")
                .filter(|reading| !reading.is_empty())
                .map(|reading| reading.rsplit_once(' ').unwrap())
                .map(|(id, value)| (id, value.parse().unwrap()))
                .collect();
            score(&toy, &readings)
        } else {
            let scores: Vec<(&str, f64)> = row["scores"]
                .split(", ")
                .map(|score| score.split_once(' ').unwrap())
                .map(|(id, score)| (id, score.parse().unwrap()))
                .collect();
            system_score(&toy, &scores)
        };
        match said {
            Ok(level) => {
                assert_eq!(
                    (level.score.to_string(), level.level.to_string()),
                    (row["score"].clone(), row["level"].clone()),
                    "{at}"
                );
                let points: f64 = level.parts.iter().map(|part| part.points).sum();
                assert!((points - level.score).abs() < 1e-9, "{at}");
            }
            Err(refused) => {
                assert_eq!(refused.to_string(), row["level"], "{at}");
                assert_eq!(row["score"], "", "{at}");
            }
        }
    }
}

#[test]
fn the_manual_of_displacement_is_true() {
    for (at, row) in spec("displacement.md") {
        let weeks = |text: &str| {
            // "900 910 ×13": these weeks, thirteen times over.
            let mut groups = Vec::new();
            let mut seconds = Vec::new();
            let mut length = 0;
            for part in text.split("; ") {
                let (name, hours) = part.split_once(": ").unwrap();
                let (hours, times) =
                    hours.split_once(" ×").map_or((hours, 1), |(hours, n)| (hours, n.parse().unwrap()));
                let own = numbers(hours).repeat(times);
                length = own.len();
                groups.push(vec![Some(name.to_owned())]);
                seconds.extend(own.iter().map(|hours| (hours * 3600.0) as i64));
            }
            Totals { groups, periods: (0..length).map(|week| Date(20_395 + 7 * week as i32)).collect(), seconds }
        };
        let moved = displacement(&weeks(&row["before"]), &weeks(&row["after"]));
        assert_eq!(moved.sentence(|key| key[0].unwrap().to_owned()), row["says"], "{at}");
    }
}

#[test]
fn the_examples_in_docs_are_true() {
    let page = std::fs::read_to_string(root().join("docs/pressure.md")).unwrap();
    let files: Vec<&str> = page.split("```").filter_map(|block| block.strip_prefix("toml\n")).collect();
    let (config, problems) = parse(files.iter().map(|text| ("our-scale-2025.toml", *text)));
    assert_eq!(problems, []);
    assert_eq!((config.paths.len(), config.tables.len()), (2, 1));
    let broken = files[2].replace("[1, 2]", "[2, 1]");
    let (_, problems) = parse([("our-scale-2025.toml", broken.as_str())]);
    assert!(page.contains(&problems[0].to_string()), "{}", problems[0]);
    let weeks = |weeks: [&[i64]; 2], times: usize| Totals {
        groups: ["ward-to-home-care", "ed-to-ward"].map(|name| vec![Some(name.to_owned())]).to_vec(),
        periods: (0..2 * times).map(|week| Date(20_395 + 7 * week as i32)).collect(),
        seconds: weeks.map(|weeks| weeks.repeat(times)).concat().into_iter().map(|hours| hours * 3600).collect(),
    };
    let moved = displacement(&weeks([&[900, 920], &[390, 410]], 13), &weeks([&[500, 520], &[780, 800]], 1));
    assert_eq!((moved.saved, moved.added), (400.0, 390.0));
    for change in moved.changes.iter().chain([&moved.all]) {
        let name = change.key.first().and_then(Option::as_deref).unwrap_or("in all");
        let number = |hours: f64| crate::ledger::thousands(hours);
        let (low, high) = change.usual.unwrap();
        let row = format!(
            "| {name} | {} | {} | {}{} | {} to {} | {} |",
            number(change.before),
            number(change.after),
            if change.more() < 0.0 { '−' } else { '+' },
            number(change.more()),
            number(low),
            number(high),
            if change.is_signal.unwrap() { "yes" } else { "no" }
        );
        assert!(page.contains(&row), "{row}");
    }
    let said = moved.sentence(|key| key[0].unwrap().to_owned());
    assert!(page.replace("\n> ", " ").contains(&said), "{said}");
}

// State.

/// The plainest way to the usual of one reading: cut, middle, share below.
fn plain(readings: &[Option<f64>], at: usize, usual: &Usual) -> Option<(f64, f64, f64)> {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let (low, high) = (values.get((values.len().max(1) - 1) / 2)?, values.get(values.len() / 2)?);
        Some((low + high) / 2.0)
    };
    let before: Vec<usize> =
        (0..at).filter(|other| other + usual.gap < at && other + usual.gap + usual.before >= at).collect();
    let before: Vec<usize> = if usual.gap == 0 { (at.saturating_sub(usual.before)..at).collect() } else { before };
    let all: Vec<f64> = before.iter().filter_map(|at| readings[*at]).collect();
    if all.len() < usual.fewest {
        return None;
    }
    let middle = |at: usize| {
        let same = before.iter().filter(|other| **other % usual.week == at % usual.week);
        let own: Vec<f64> = same.filter_map(|other| readings[*other]).collect();
        if own.len() < 4 { median(all.clone()) } else { median(own) }
    };
    let mut left: Vec<f64> = before.iter().filter_map(|at| Some(readings[*at]? - middle(*at)?)).collect();
    left.sort_by(f64::total_cmp);
    let middle = middle(at)?;
    let place = usual.share * (left.len() - 1) as f64;
    let (low, high) = (left[place.floor() as usize], left[place.ceil() as usize]);
    let value = readings[at]?;
    let below = left.iter().filter(|left| **left < value - middle).count() as f64 / left.len() as f64;
    Some((middle + low + (high - low) * place.fract(), middle, below))
}

fn readings() -> impl Strategy<Value = Vec<Option<f64>>> {
    let reading = prop_oneof![9 => (0..40_u32).prop_map(|n| Some(f64::from(n))), 1 => Just(None)];
    prop::collection::vec(reading, 1..120)
}

const SHORT: Usual = Usual { week: 7, before: 56, gap: 7, fewest: 20, share: 0.9, floor: 1.0 };

proptest! {
    #[test]
    fn what_is_usual_is_what_plain_loops_say(front in readings()) {
        let states = state(&front, &[], &Cuts::Usual(SHORT), front.len());
        for (at, state) in states.iter().enumerate() {
            match (state.front, plain(&front, at, &SHORT)) {
                (End::Known(reading), Some((cut, middle, below))) => {
                    let usual = reading.usual.unwrap();
                    prop_assert!((reading.cut - cut).abs() < 1e-9, "{at}: {} {cut}", reading.cut);
                    prop_assert_eq!((usual.middle, usual.below), (middle, below));
                    prop_assert_eq!(reading.is_busy, reading.value > reading.cut && reading.value >= 1.0);
                }
                (End::NoReading, None) => prop_assert_eq!(front[at], None),
                (End::TooFew(known), None) => prop_assert!(known < SHORT.fewest),
                other => prop_assert!(false, "{at}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_comes_later_changes_nothing_that_was_said(front in readings(), back in readings(), more in readings()) {
        let cuts = Cuts::Usual(SHORT);
        let times = front.len().max(back.len());
        let was = state(&front, &back, &cuts, times);
        let (mut front, mut back) = (front, back);
        front.resize(times, None);
        back.resize(times, None);
        front.extend(&more);
        back.extend(&more);
        let is = state(&front, &back, &cuts, times + more.len());
        prop_assert_eq!(&is[..times], &was[..]);
    }

    #[test]
    fn what_is_missing_is_never_usual_and_a_longer_queue_never_less_pressed(front in readings(), back in readings(), more in 0..50_u32) {
        let cuts = Cuts::Usual(SHORT);
        let times = front.len().min(back.len());
        let (mut front, back) = (front[..times].to_vec(), &back[..times]);
        let was = state(&front, back, &cuts, 1)[0];
        if front[times - 1].is_none() || back[times - 1].is_none() {
            prop_assert!(!matches!(was.condition(), Condition::Usual | Condition::Pressure));
        }
        if let Some(value) = front[times - 1] {
            front[times - 1] = Some(value + f64::from(more));
            prop_assert!(state(&front, back, &cuts, 1)[0].level() >= was.level());
        }
    }

    #[test]
    fn a_reason_names_no_part_of_a_person(front in readings(), back in readings()) {
        let waits = |waits| Waits { waits, unit: Unit::People };
        for state in state(&front, &back, &Cuts::Usual(SHORT), 28) {
            let reason = state.reason(&waits("to come in"), &waits("to leave"));
            prop_assert!(!reason.contains('.') && !reason.is_empty(), "{reason}");
        }
    }
}

/// Independent, skewed and stable readings with a week in them.
fn stable(seed: u64, days: usize) -> Vec<Option<f64>> {
    let mut uniform = crate::ledger::tests::uniform(seed);
    (0..days).map(|day| Some(if day % 7 == 0 { 35.0 } else { 20.0 } - 4.0 * (1.0 - uniform()).ln())).collect()
}

#[test]
fn a_stable_end_is_busy_on_about_one_day_in_ten_and_both_at_once_on_one_in_a_hundred() {
    let (mut busy, mut both, mut days) = (0, 0, 0);
    for seed in 0..100 {
        let (front, back) = (stable(seed, 238), stable(seed + 1000, 238));
        for state in state(&front, &back, &Cuts::Usual(Usual::DAILY), 28) {
            days += 1;
            busy += usize::from(state.front.is_busy() == Some(true));
            both += usize::from(state.condition() == Condition::Pressure);
        }
    }
    let share = |n: usize| n as f64 / f64::from(days);
    assert!((0.08..0.12).contains(&share(busy)), "{}", share(busy));
    assert!((0.005..0.02).contains(&share(both)), "{}", share(both));
}

#[test]
fn a_monday_is_held_against_mondays() {
    // 211 readings: the last stands where the first does in its week, a full day.
    let mut front = stable(3, 211);
    let now = |front: &[Option<f64>]| state(front, &[], &Cuts::Usual(Usual::DAILY), 1)[0];
    front[210] = Some(38.0);
    assert_eq!(now(&front).condition(), Condition::Usual);
    front.push(Some(38.0));
    assert_eq!(now(&front).condition(), Condition::Front);
}

#[test]
fn readings_every_three_hours_are_held_against_the_same_hour_of_the_week() {
    let usual = Usual::every(8);
    let mut front: Vec<Option<f64>> =
        (0..usual.needs() + 1).map(|at| Some(if at % 8 < 4 { 5.0 } else { 15.0 } + (at % 11) as f64 / 11.0)).collect();
    let last = front.len() - 1;
    assert_eq!(last % 8, 0);
    front[last] = Some(15.0);
    let now = state(&front, &[], &Cuts::Usual(usual), 28 * 8);
    assert_eq!(now.len(), 224);
    assert_eq!(now.last().unwrap().condition(), Condition::Front);
}

// Scales.

fn shipped() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = std::fs::read_dir(root().join("place/pressure"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn parsed(files: &[(String, String)]) -> Config {
    let (config, problems) = parse(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    assert_eq!(problems, []);
    config
}

#[test]
fn every_scale_that_is_shipped_refuses_to_give_a_level_and_names_what_is_missing() {
    let config = parsed(&shipped());
    assert_eq!(config.tables.len(), 6);
    for table in &config.tables {
        assert_eq!(table.file, format!("{}.toml", table.id), "a file is named after its scale");
        let readings: Vec<(&str, f64)> =
            table.parameters.iter().map(|parameter| (parameter.id.as_str(), 50.0)).collect();
        let refused = score(table, &readings).unwrap_err();
        let unfilled =
            table.parameters.iter().filter(|parameter| refused.missing.contains(&Missing::Cuts(parameter.id.clone())));
        assert_eq!(unfilled.count(), table.parameters.len());
        assert!(refused.missing.contains(&Missing::ValidFrom) && refused.missing.contains(&Missing::AtCut));
        assert!(system_score(table, &[("QR1", 20.0)]).is_err());
        assert!(config.table(&table.scope, Date(20_406)).is_none(), "a version without a first day is in force");
    }
    let acute = config.tables.iter().find(|table| table.id == "opel-acute-2023").unwrap();
    let bands: Vec<(u8, u32, u32)> = acute.bands.iter().map(|band| (band.level, band.from, band.to)).collect();
    assert_eq!(bands, [(1, 0, 11), (2, 12, 22), (3, 23, 33), (4, 34, 44)]);
    assert_eq!(acute.parameters.len(), 9);
}

#[test]
fn what_the_shipped_files_name_is_there() {
    let config = parsed(&shipped());
    let measures = root().join("place/measures");
    let ends = config.paths.iter().flat_map(|path| [&path.front, &path.back]);
    let named = ends.clone().filter_map(|end| match &end.source {
        Source::Measure(measure) => measure.as_ref(),
        Source::Handovers(_) => None,
    });
    let fed =
        config.tables.iter().flat_map(|table| &table.parameters).filter_map(|parameter| parameter.measure.as_ref());
    for measure in named.chain(fed) {
        assert!(measures.join(format!("{measure}.toml")).exists(), "{measure}");
    }
    let place = domain::Place::parse(&std::fs::read_to_string(root().join("place/place.toml")).unwrap()).unwrap();
    for end in ends {
        let Source::Handovers(handovers) = &end.source else { continue };
        for handover in handovers {
            assert!(place.handovers.iter().any(|rule| rule.id == *handover), "{handover}");
        }
    }
    let severe = config.paths.iter().find(|path| path.id == "severe-pressure").unwrap();
    assert_eq!(severe.cuts, Cuts::Fixed { front: 10.0, back: 420.0 });
}

#[test]
fn a_shipped_scale_gives_levels_once_the_place_has_filled_it() {
    // Invented cuts; the last parameter alone gives more, so that all together are 44.
    let mut files = shipped();
    let (_, text) = files.iter_mut().find(|(name, _)| name == "opel-acute-2023.toml").unwrap();
    let mut parts = text.split("[[parameter]]");
    let mut filled = parts
        .next()
        .unwrap()
        .replace("complete = true", "complete = true\nvalid_from = 2025-04-01\nat_cut = 'worse'\nround = 'nearest'");
    for (at, part) in parts.enumerate() {
        let cuts = if part.contains("\"lower\"") { "[90, 80]" } else { "[10, 20]" };
        let most = if at == 8 { 12 } else { 4 };
        filled += &format!("[[parameter]]\ncuts = {cuts}\npoints = [0, 2, {most}]{part}");
    }
    *text = filled.replace("[weights]", "[weights]\nQR1 = 0.75\nQR2 = 0.25");
    let config = parsed(&files);
    let table = config.table("acute", Date::from_ymd(2025, 11, 14).unwrap()).unwrap();
    let all = |reading: f64, share: f64| {
        let of = |parameter: &Parameter| if parameter.worse == Some(Worse::Lower) { share } else { reading };
        let readings: Vec<(&str, f64)> =
            table.parameters.iter().map(|parameter| (parameter.id.as_str(), of(parameter))).collect();
        let level = score(table, &readings).unwrap();
        (level.score, level.level)
    };
    assert_eq!(all(9.9, 90.1), (0.0, 1));
    assert_eq!(all(10.0, 90.0), (18.0, 2));
    assert_eq!(all(20.0, 80.0), (44.0, 4));
    let system = system_score(table, &[("QR1", 12.0), ("QR2", 10.0)]).unwrap();
    assert_eq!((system.score, system.level), (11.5, 2));
}

/// A filled scale of random cuts and points, and readings for it.
fn filled() -> impl Strategy<Value = (Table, Vec<(f64, f64)>)> {
    let cuts = || prop::collection::btree_set(0..60_i32, 1..5);
    let steps = || prop::collection::vec(1..5_u32, 5);
    let parameter = (cuts(), steps(), any::<bool>(), -5..65_i32, 0..40_i32, any::<bool>());
    (prop::collection::vec(parameter, 1..6), prop::collection::vec(1..9_u32, 0..4), any::<bool>()).prop_map(
        |(parameters, widths, at_worse)| {
            let mut table = toy();
            table.at_cut = Some(if at_worse { AtCut::Worse } else { AtCut::Better });
            table.parameters.clear();
            let mut readings = Vec::new();
            for (at, (cuts, steps, higher, reading, worse_by, first)) in parameters.into_iter().enumerate() {
                let mut cuts: Vec<f64> = cuts.into_iter().map(f64::from).collect();
                if !higher {
                    cuts.reverse();
                }
                let mut next = u32::from(first);
                let points = (0..=cuts.len())
                    .map(|at| {
                        if at > 0 {
                            next += steps[at - 1]
                        }
                        next
                    })
                    .collect();
                let sign = if higher { 1.0 } else { -1.0 };
                readings.push((f64::from(reading), f64::from(reading) + sign * f64::from(worse_by)));
                table.parameters.push(Parameter {
                    id: format!("p{at}"),
                    name: String::new(),
                    unit: String::new(),
                    worse: Some(if higher { Worse::Higher } else { Worse::Lower }),
                    measure: None,
                    cuts,
                    points,
                });
            }
            table.bands.clear();
            let mut from = 0;
            for (at, width) in widths.into_iter().chain([200]).enumerate() {
                table.bands.push(Band { level: at as u8 + 1, from, to: from + width - 1 });
                from += width;
            }
            (table, readings)
        },
    )
}

proptest! {
    #[test]
    fn a_worse_reading_never_makes_a_better_level((table, readings) in filled(), at in 0usize..6) {
        let ids: Vec<String> = (0..readings.len()).map(|at| format!("p{at}")).collect();
        let told = |worse: Option<usize>| -> Vec<(&str, f64)> {
            let of = |n: usize| if worse == Some(n) { readings[n].1 } else { readings[n].0 };
            ids.iter().enumerate().map(|(n, id)| (id.as_str(), of(n))).collect()
        };
        let was = score(&table, &told(None)).unwrap();
        let is = score(&table, &told(Some(at % readings.len()))).unwrap();
        prop_assert!(is.score >= was.score && is.level >= was.level);
        // One reading less, and there is no level.
        prop_assert!(score(&table, &told(None)[1..]).is_err());
        for score in 0..200 {
            prop_assert_eq!(table.bands.iter().filter(|band| (band.from..=band.to).contains(&score)).count(), 1);
        }
    }

    #[test]
    fn a_file_cut_or_scribbled_on_anywhere_is_a_problem_inside_it_or_reads_whole(file in 0usize..8, at in 0usize..2000, scribble in "[ -~é=\"'\n]{0,6}") {
        let files = shipped();
        let (name, text) = &files[file % files.len()];
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        for text in [format!("{}{scribble}", &text[..at]), format!("{}{scribble}{}", &text[..at], &text[at..])] {
            let (config, problems) = parse([(name.as_str(), text.as_str())]);
            prop_assert_eq!(config.paths.is_empty() && config.tables.is_empty(), !problems.is_empty());
            for problem in problems {
                prop_assert!(problem.line <= text.matches('\n').count() + 1 && !problem.help.is_empty());
            }
        }
    }
}

const SCALE: &str = "form = 'opel'\nid = 'toy'\nname = 'Toy'\nscope = 'acute'\nsource = 'nowhere'\ncomplete = true\nvalid_from = 2025-04-01\n\
    [[parameter]]\nid = 'handover'\nname = 'Handover'\nunit = 'minutes'\nworse = 'higher'\ncuts = [10, 20]\npoints = [0, 1, 3]\n\
    [[band]]\nlevel = 1\nfrom = 0\nto = 1\n[[band]]\nlevel = 2\nfrom = 2\nto = 3\n[weights]\nQR1 = 0.5\n";
const PATH: &str = "form = 'measured'\nid = 'urgent'\nname = 'Urgent'\n[front]\nhandovers = ['ed-to-ward']\nwaits = 'for a bed'\n\
    [back]\nhandovers = ['ward-to-home-care']\nwaits = 'to leave'\n";

fn check(text: &str, want: &str) {
    let (_, problems) = parse([("p.toml", text)]);
    let got: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(got.join("\n"), want, "{text}");
}

#[test]
fn a_broken_scale_names_its_line_and_the_way_out() {
    let mended = |from: &str, to: &str, want: &str| {
        assert!(SCALE.contains(from), "{from}");
        check(&SCALE.replacen(from, to, 1), want);
    };
    check(SCALE, "");
    mended(
        "[10, 20]",
        "[20, 10]",
        "p.toml:13:8: the cuts do not go from good to bad: they must rise (help: write them in order, each once, such as [10, 20, 30])",
    );
    mended(
        "[10, 20]",
        "[20, 20]",
        "p.toml:13:8: the cuts do not go from good to bad: they must rise (help: write them in order, each once, such as [10, 20, 30])",
    );
    mended(
        "'higher'",
        "'lower'",
        "p.toml:13:8: the cuts do not go from good to bad: they must fall (help: write them in order, each once, such as [90, 80, 70])",
    );
    mended(
        "[10, 20]",
        "[10, nan]",
        "p.toml:13:8: a cut is not a finite number (help: write it in the unit of the parameter)",
    );
    mended(
        "[0, 1, 3]",
        "[0, 3, 1]",
        "p.toml:14:10: the points do not rise (help: a worse reading gives more points, such as [0, 1, 3])",
    );
    mended(
        "[0, 1, 3]",
        "[0, 1]",
        "p.toml:14:10: 2 cuts make 3 groups, and there are 2 points (help: give one more point than cuts)",
    );
    mended(
        "points = [0, 1, 3]\n",
        "",
        "p.toml:13:8: 2 cuts make 3 groups, and there are 0 points (help: give one more point than cuts)",
    );
    mended("cuts = [10, 20]\n", "", "p.toml:13:10: there are points and no cuts (help: fill both, or neither)");
    mended(
        "worse = 'higher'\n",
        "",
        "p.toml:9:6: there are cuts, and nobody says which way is worse (help: add worse = \"higher\" or \"lower\")",
    );
    mended("\nfrom = 2", "\nfrom = 3", "p.toml:19:1: no band holds 2 (help: begin here at 2)");
    mended("\nfrom = 2", "\nfrom = 1", "p.toml:19:1: two bands hold 1 (help: begin here at 2)");
    mended(
        "level = 2",
        "level = 3",
        "p.toml:19:1: this is band 2 and its level is 3 (help: write the levels in order, from 1)",
    );
    mended(
        "to = 3",
        "to = 2",
        "p.toml:19:1: a score of 3 is above the last band (help: end it at 3, or mend the points)",
    );
    mended(
        "from = 0",
        "from = 1",
        "p.toml:15:1: a score of 0 is below the first band (help: begin it at 0, or mend the points)",
    );
    mended(
        "2025-04-01",
        "2025-04-01T09:00:00",
        "p.toml:7:14: this is not a day (help: write the day alone, without quotation marks: 2025-04-01)",
    );
    mended(
        "2025-04-01",
        "2025-02-30",
        "p.toml:7:14: invalid date, expected day between 01 and 28 (help: compare with the examples in docs/pressure.md)",
    );
    mended(
        "2025-04-01\n",
        "2025-04-01\nvalid_until = 2025-03-31\n",
        "p.toml:8:15: it ends before it begins (help: give valid_from an earlier day, or remove valid_until)",
    );
    mended(
        "0.5",
        "-0.5",
        "p.toml:24:7: the weight of QR1 is not a positive number (help: use its size: beds, or a share)",
    );
    mended(
        "'higher'",
        "'hihger'",
        "p.toml:12:9: unknown variant `hihger`, expected `higher` or `lower` (help: replace `hihger` by one of those words)",
    );
    mended("scope = 'acute'\n", "", "p.toml:1:1: missing field `scope` (help: add a line scope = …)");
}

#[test]
fn a_broken_path_names_its_line_and_the_way_out() {
    let mended = |from: &str, to: &str, want: &str| {
        assert!(PATH.contains(from), "{from}");
        check(&PATH.replacen(from, to, 1), want);
    };
    check(PATH, "");
    mended(
        "ward-to-home-care",
        "ed-to-ward",
        "p.toml:7:1: `ed-to-ward` stands at both ends (help: keep it at one end: one delay is not two)",
    );
    mended(
        "waits = 'to leave'",
        "waits = 'to leave'\nover = 3",
        "p.toml:4:1: one end has a fixed cut and the other has none (help: add over = … here too, or remove the other: both ends are judged alike)",
    );
    mended(
        "handovers = ['ed-to-ward']\n",
        "",
        "p.toml:4:1: this end is read from nothing, or from two things (help: give it handovers = […] for people at a time, or measure = \"…\" in minutes, not both)",
    );
    mended("['ed-to-ward']", "[]", "p.toml:5:13: the list is empty (help: name at least one handover of place.toml)");
    mended(
        "[front]",
        "share = 1.5\n[front]",
        "p.toml:4:9: this is no share that a busy day lies above (help: use 0.5 or more and less than 1, such as 0.9)",
    );
    mended("'to leave'", "' '", "p.toml:9:9: `waits` is empty (help: say it in a few words)");
}

#[test]
fn two_versions_of_a_scale_share_no_day_and_the_later_one_begins_where_the_earlier_ends() {
    let file = |id: &str, from: &str, until: &str| {
        let until = if until.is_empty() { String::new() } else { format!("\nvalid_until = {until}") };
        SCALE.replace("'toy'", &format!("'{id}'")).replace("2025-04-01", &format!("{from}{until}"))
    };
    let both = |one: &str, two: &str| {
        let (config, problems) = parse([("one.toml", one), ("two.toml", two)]);
        (config, problems.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let (config, problems) = both(&file("one", "2024-04-01", ""), &file("two", "2025-04-01", ""));
    assert!(problems.is_empty());
    let on = |year, month, day| {
        config.table("acute", Date::from_ymd(year, month, day).unwrap()).map(|table| table.id.clone())
    };
    assert_eq!(on(2025, 3, 31).unwrap(), "one");
    assert_eq!(on(2025, 4, 1).unwrap(), "two");
    for (from, until) in [("2024-04-01", "2025-04-01"), ("2025-04-01", "")] {
        let (config, problems) = both(&file("one", from, until), &file("two", "2025-04-01", ""));
        assert_eq!(
            problems,
            [
                "two.toml:7:14: one is in force on some of these days (help: end the one before the other begins; this file is left out until then)"
            ]
        );
        assert_eq!(config.tables.len(), 1);
    }
    let (_, problems) = both(&file("one", "2024-04-01", "2025-03-31"), &file("two", "2025-04-01", ""));
    assert!(problems.is_empty());
    let (_, problems) = both(SCALE, &SCALE.replace("'acute'", "'community'"));
    assert_eq!(
        problems,
        [
            "two.toml:2:6: the id `toy` is already taken by one.toml (help: give one of the two another id; this file is left out until then)"
        ]
    );
}
