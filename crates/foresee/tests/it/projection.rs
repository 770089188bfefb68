//! Need, against the reference cases and on the example place.

use foresee::project::case::answer;
use foresee::project::cohort::AGES;
use foresee::project::forecast::{Forecast, Outlook, Stage, demand, factors, project};
use foresee::project::need::{BANDS, Need, NeedError, ages, read};
use foresee::project::range::Range;
use foresee::simulate::Model;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::OnceLock;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where `found` differs from `wanted` by more than the tolerance of the case.
fn differs(at: &str, wanted: &Value, found: &Value, rel: f64, abs: f64) -> Option<String> {
    match (wanted, found) {
        (Value::Number(one), Value::Number(two)) => {
            let (one, two) = (one.as_f64()?, two.as_f64()?);
            ((one - two).abs() > abs + rel * one.abs() + 1e-12).then(|| format!("{at}: {two} where {one} is wanted"))
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => one
            .iter()
            .zip(two)
            .enumerate()
            .find_map(|(index, (one, two))| differs(&format!("{at}[{index}]"), one, two, rel, abs)),
        (Value::Object(one), two) => {
            one.iter().find_map(|(name, one)| differs(&format!("{at}.{name}"), one, &two[name], rel, abs))
        }
        (one, two) => (one != two).then(|| format!("{at}: {two} where {one} is wanted")),
    }
}

#[test]
fn reference_cases_are_met() {
    // Beside the workspace, or beside the directory in which its working trees stand.
    let files = ["../shared", "../../shared"].map(|shared| root().join(shared).join("cases/projection.json"));
    let Some(text) = files.iter().find_map(|file| std::fs::read_to_string(file).ok()) else {
        println!("skipped: no ../shared/cases/projection.json");
        return;
    };
    let cases: Value = serde_json::from_str(&text).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let mut asked = case.clone();
        let wanted = asked.as_object_mut().unwrap().remove("expected").unwrap();
        let found: Value = serde_json::from_str(&answer(&asked.to_string()).unwrap()).unwrap();
        let tolerance = |name: &str| case["tolerance"][name].as_f64().unwrap_or(0.0);
        let fault = differs("", &wanted, &found, tolerance("rel"), tolerance("abs"));
        assert_eq!(fault, None, "{} {}", case["id"], case["title"]);
    }
}

/// Answers a case of this kind and input.
fn ask(kind: &str, input: Value) -> Value {
    let found = answer(&json!({"kind": kind, "input": input}).to_string()).expect("an answer");
    serde_json::from_str(&found).expect("JSON")
}

/// Whether a number of an answer is this, to nine digits.
fn near(found: &Value, wanted: f64) -> bool {
    found.as_f64().is_some_and(|found| (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0))
}

#[test]
fn kinds_that_the_manual_names_are_answered() {
    // Half of five years' births of each of two groups; 0.8 a year and two per woman: the golden ratio.
    let stable = ask(
        "cohort_component_stable",
        json!({"survival": [1.0, 1.0, 0.0], "fertility": [0.0, 0.8], "sex_ratio_at_birth": 1.0, "age_interval": 5}),
    );
    assert!(near(&stable["lambda"], 1.618_033_988_749_895), "{stable}");
    assert!(near(&stable["growth_rate"], 1.618_033_988_749_895_f64.ln() / 5.0));
    assert!(near(&stable["stable_age_distribution"][0], 0.618_033_988_749_894_9));

    // One in fifty dies each year at every age; the open band lasts fifty years.
    let life =
        ask("life_table", json!({"age_start": [0, 1, 5], "deaths": [20, 80, 400], "population": [1000, 4000, 20000]}));
    assert!(near(&life["ex"][2], 50.0) && near(&life["lx"][0], 100_000.0), "{life}");
    assert!(near(&life["qx"][0], 0.02 / (1.0 + 0.9 * 0.02)) && near(&life["qx"][1], 0.08 / (1.0 + 2.0 * 0.02)));
    // `phe_life_expectancy` of the R package PHEindicatormethods 2.1.0 on the same numbers.
    let deaths = [22, 5, 4, 4, 9, 18, 26, 41, 47, 67, 109, 174, 270, 374, 502, 740, 1101, 1260, 1307, 1066];
    let people = [
        6480, 27310, 35890, 37720, 36240, 38150, 41090, 43880, 42760, 40120, 38990, 41630, 40980, 36110, 31240, 27950,
        23180, 15260, 8870, 4390,
    ];
    let england = ask("life_table", json!({"deaths": deaths, "pops": people}));
    for (age, years) in [(0, 78.3362939068), (65, 17.7109543706), (90, 4.1181988743)] {
        assert!((england[format!("e{age}")].as_f64().unwrap() - years).abs() < 1e-9, "{england}");
    }
    let infants = ask("life_table", json!({"sex": "female", "age_start": [0, 1, 5], "m": [0.02, 0.001, 0.02]}));
    assert!(near(&infants["ax"][0], 0.053 + 2.8 * 0.02));

    let healthy =
        ask("sullivan", json!({"age_start": [0, 1, 5], "m": [0.02, 0.02, 0.02], "prevalence": [0.1, 0.1, 0.5]}));
    assert!(near(&healthy["hle"][2], 25.0) && near(&healthy["share_healthy"][2], 0.5), "{healthy}");
    let poor = ask("sullivan", json!({"q": [0.1, 0.2, 1.0], "poor_health_percent": [50, 50, 50]}));
    assert!(near(&poor["share_healthy_at_birth"], 0.5), "{poor}");
    let given = ask("sullivan", json!({"L": [5.0, 40.0], "l": [1.0, 0.9], "healthy": [1.0, 0.5]}));
    assert!(near(&given["healthy_life_expectancy_at_birth"], 25.0) && near(&given["le"][1], 40.0 / 0.9));

    let beds = ask(
        "bed_demand",
        json!({"admissions_2025": [3650, 730], "admissions_2040": [7300, 730], "mean_stay_days": [5, 10], "occupancy": 92}),
    );
    assert!(near(&beds["beds_2025"][0], 50.0 / 0.92) && near(&beds["total_beds_2040"], 120.0 / 0.92), "{beds}");
    let wards = ask(
        "beds",
        json!({"services": [{"name": "medical", "admissions": 3650, "los": 5, "occupancy": 0.5}, {"name": "older", "admissions": 365, "los": 10, "occupancy": 1}]}),
    );
    assert!(near(&wards["total_beds"], 110.0), "{wards}");

    let blame = ask(
        "shapley_attribution",
        json!({"base": 100, "factors": {"demographic": 1.1, "health": 0.9, "avoidance": 0.8}}),
    );
    assert!(near(&blame["total"], 79.2) && near(&blame["ordered"]["health"], -11.0), "{blame}");
    // The mean over six orders, by hand: avoidance takes 0.2 of 100 a third of the time, of 110 and 90 a sixth each, of 99 a third.
    assert!(near(&blame["shapley"]["avoidance"], -0.2 * (100.0 / 3.0 + 110.0 / 6.0 + 90.0 / 6.0 + 99.0 / 3.0)));

    let dementia = ask(
        "prevalence_projection",
        json!({
            "population_base": [[1000, 500], [1000, 800]], "population_future": [[1000, 1000], [1000, 1000]], "prevalence": [[0.01, 0.1], [0.02, 0.2]]
        }),
    );
    assert!(near(&dementia["total_base"], 240.0) && near(&dementia["total_future"], 330.0), "{dementia}");
    assert!(near(&dementia["overall_base"], 240.0 / 3300.0));

    let mixed =
        ask("optimism_bias_mixed", json!({"shares": {"standard_buildings": 0.7, "non_standard_buildings": 0.3}}));
    assert!(near(&mixed["capital"], 32.1) && near(&mixed["works_duration"], 14.5), "{mixed}");

    let own = ask("optimism_bias_mixed", json!({"parts": [{"share": 3, "capital": 24}, {"share": 1, "capital": 200}]}));
    assert!(near(&own["capital"], 68.0), "{own}");

    let cube = ask(
        "constrain_to_totals",
        json!({
            "seed": [[[1, 1], [1, 1]], [[1, 1], [1, 1]]], "row_totals": [30, 10], "column_totals": [20, 20], "layer_totals": [10, 30]
        }),
    );
    assert!(near(&cube["table"][0][0][1], 30.0 * 20.0 * 30.0 / 1600.0), "{cube}");

    let worth = ask("discounting", json!({"cash_flow": [0.0, 1.0], "rates": [0.035, 0.015, 0.0]}));
    assert!(near(&worth["npv"][0], 1.0 / 1.035) && near(&worth["npv"][2], 1.0));
    let falling = ask("discounting", json!({"cash_flow": [0.0, 0.0, 0.0, 1.0], "schedule": "green_book"}));
    assert!(near(&falling["npv"], 1.035f64.powi(-3)));

    let saved = ask(
        "savings_monte_carlo",
        json!({"rho": 0.5, "schemes": [{"plan": 6.0, "low": 0.2, "mode": 0.5, "high": 0.8}, {"plan": 6.0, "low": 0.2, "mode": 0.5, "high": 0.8}]}),
    );
    let one = 6.0 * (0.09_f64 / 6.0).sqrt();
    assert!(
        near(&saved["mean"], 6.0)
            && near(&saved["sd_independent"], one * 2f64.sqrt())
            && near(&saved["sd_correlated"], one * 3f64.sqrt()),
        "{saved}"
    );
    assert!(saved["p10"].as_f64() < saved["p10_independent"].as_f64());
}

#[test]
fn a_case_that_makes_no_sense_names_the_field() {
    for (case, wanted) in [
        ("[]", "not one JSON object: it is something else"),
        ("{", "not one JSON object: EOF"),
        (r#"{"input": {}}"#, "`kind` is missing"),
        (r#"{"kind": "tarot"}"#, "kind 'tarot' is not known; the kinds are cohort_component_stable, "),
        (r#"{"kind": "life_table", "input": {}}"#, "`q` is missing"),
        (r#"{"kind": "life_table", "input": {"q": [0.1, "x"]}}"#, "`q` must be numbers"),
        (r#"{"kind": "bed_demand", "input": {"admissions": 3, "los": 2}}"#, "`occupancy` is missing"),
        (
            r#"{"kind": "bed_demand", "input": {"admissions": -3, "los": 2, "occupancy": 0.9}}"#,
            "admissions is -3, which must be 0 or more",
        ),
        (
            r#"{"kind": "constrain_to_totals", "input": {"seed": [[1, 2], [3]], "row_totals": [1, 2]}}"#,
            "`seed` must be a table",
        ),
        (
            r#"{"kind": "constrain_to_totals", "input": {"seed": [1, 2], "row_totals": [1, 2], "column_totals": [1]}}"#,
            "margin 1 is over an axis",
        ),
        (
            r#"{"kind": "cohort_component_two_sex_1y", "input": {"population": [[1, 2], [3, 4]], "q": [[0, 1]], "years": 1}}"#,
            "q has 2 numbers, which must be 4",
        ),
        (r#"{"kind": "optimism_bias", "input": {"shares": {"castles": 1}}}"#, "`castles` must be a kind of the table"),
        (
            r#"{"kind": "optimism_bias", "input": {"upper": 24, "contributions": {"a": 50}, "mitigation": {"b": 1}}}"#,
            "`mitigation.b` must be one of the risks",
        ),
        (
            r#"{"kind": "reference_class", "input": {"delivered": [], "need": 5}}"#,
            "there is no past scheme to learn from",
        ),
        (
            r#"{"kind": "discounting", "input": {"cash_flow": [1], "rate": "x", "rates": [-2]}}"#,
            "`rates` must be above -1",
        ),
    ] {
        let said = answer(case).unwrap_err().to_string();
        assert!(said.starts_with(wanted), "{case}: {said}");
    }
}

fn table(name: &str) -> String {
    std::fs::read_to_string(root().join("place/need").join(name)).expect("a table of Rivermead")
}

/// Rivermead with one table changed.
fn with(file: &str, change: impl Fn(String) -> String) -> Result<Need, NeedError> {
    let words = |name: &str| if name == file { change(table(name)) } else { table(name) };
    read(&words("need.toml"), |name| Ok(words(name)), &[])
}

fn rivermead() -> Need {
    with("", |words| words).expect("the need of Rivermead")
}

/// Rivermead twenty years ahead.
fn forecast() -> &'static Forecast {
    static FORECAST: OnceLock<Forecast> = OnceLock::new();
    FORECAST.get_or_init(|| project(&rivermead(), 20, 7, 24).expect("a forecast"))
}

#[test]
fn a_table_that_cannot_be_read_says_file_line_and_way_out() {
    let replaced = |file: &'static str, from: &'static str, to: &'static str, wanted: &str| {
        let changed = with(file, |words| {
            assert!(words.contains(from), "{file} has no {from:?}");
            words.replacen(from, to, 1)
        });
        let said = changed.unwrap_err().to_string();
        assert!(said.contains(wanted), "{said}\nwanted {wanted}");
    };
    replaced(
        "population.csv",
        "Eastbrook,male,1,",
        "Eastbrook,male,2,",
        "population.csv line 4: male aged 2 is given a second time, after line 3; keep one",
    );
    replaced("population.csv", "Eastbrook,male,1,", "Eastbrook,male,1,-", "population.csv line 3: people is -");
    replaced(
        "population.csv",
        "Eastbrook,male,1,",
        "Eastbrook,male,1,*",
        "which is no number; give a number, without signs for suppressed",
    );
    replaced(
        "population.csv",
        "Eastbrook,male,1,",
        "Eastbrook,male,one,",
        "age 'one' is not known; write ages as 34, 30-34",
    );
    replaced(
        "population.csv",
        "Eastbrook,male,1,",
        "Eastbrook,boys,1,",
        "sex 'boys' is not known; use female, male or both",
    );
    replaced(
        "population.csv",
        "Eastbrook,male,1,",
        "Eastbrook,male,1-4,",
        "'1-4' is a band of ages; give people by single year",
    );
    replaced(
        "population.csv",
        "Eastbrook,male,1,",
        "All,male,1,",
        "male aged 1 has no row in Eastbrook; give every single year",
    );
    replaced(
        "population.csv",
        "area,sex,age,people",
        "area,sex,age,heads",
        "line 1: there is no column 'people'; name one of these so: area, sex, age, heads",
    );
    replaced("mortality.csv", "male,0,0.00", "male,0,1.00", "mortality.csv line 2: q is 1.00");
    replaced(
        "fertility.csv",
        "15-19,",
        "15-20,",
        "fertility.csv line 3: female aged 20 is given a second time, after line 2",
    );
    replaced(
        "migration.csv",
        "Eastbrook,",
        "Westbrook,",
        "neighbourhood 'Westbrook' is not known; use one of Eastbrook, Dunmoor",
    );
    replaced("areas.csv", "Dunmoor,", "Eastbrook,", "areas.csv line 3: Eastbrook is given a second time");
    replaced("totals.csv", "2026,", "soon,", "totals.csv line 2: year 'soon' is no year");
    replaced("conditions.csv", "dementia,male,65-69,0.0", "dementia,male,65-69,7.0", "which must be 0 to 1");
    replaced("transitions.csv", "well,", "swell,", "segment 'swell' is not known; use one of children, well");
    replaced(
        "transitions.csv",
        "children,long-term condition,both,17,0.09",
        "children,long-term condition,both,17,0.99",
        "leave in a year",
    );
    replaced("activity.csv", "ambulance,both,0-4,", "ambulance,both,0-4,9,", "has 5 cells where the first line has 4");
    replaced(
        "activity.csv",
        "ambulance,both,0-4,",
        "submarine,both,0-4,",
        "service 'submarine' is not known; use one of maternity",
    );
    replaced(
        "steps.csv",
        "*,health_status,0.15,0.5,0.8",
        "*,health_status,0.15,0.5,0.4",
        "steps.csv line 5: p50 is 0.5, which must be at most p90",
    );
    replaced(
        "steps.csv",
        "*,health_status,",
        "maternity,health_status,",
        "health_status is not of one service; write *",
    );
    replaced("need.toml", "year = 2025", "yaer = 2025", "need.toml line 6: unknown field `yaer`");
    replaced("need.toml", "id = \"neonatal\"", "id = \"maternity\"", "service 'maternity' stands here a second time");
    replaced(
        "need.toml",
        "fertility = \"fertility.csv\"\n",
        "",
        "files names no fertility table; add `fertility = \"fertility.csv\"`",
    );
    let unknown = read(&table("need.toml"), |name| Ok(table(name)), &["Eastbrook", "Dunmoor"]).unwrap_err().to_string();
    assert!(
        unknown.contains("neighbourhood 'Harbourside' is not in the place; the place has Eastbrook, Dunmoor"),
        "{unknown}"
    );
    let absent = read(&table("need.toml"), |_| Err("no such file".into()), &[]).unwrap_err().to_string();
    assert_eq!(
        absent,
        "population.csv: cannot be opened: no such file; put it beside need.toml, or mend `population` under [files]"
    );
}

#[test]
fn the_people_of_need_are_those_of_the_place() {
    let place: toml::Value =
        toml::from_str(&std::fs::read_to_string(root().join("place/place.toml")).unwrap()).unwrap();
    let need = rivermead();
    let areas = place["neighbourhood"].as_array().unwrap();
    assert_eq!(need.areas.len(), areas.len());
    for (area, written) in need.areas.iter().zip(areas) {
        assert_eq!(area.name, written["name"].as_str().unwrap());
        for (sex, name) in ["male", "female"].into_iter().enumerate() {
            for band in 0..BANDS.len() {
                let lsoas = written["lsoa"].as_array().unwrap().iter();
                let people: i64 = lsoas.map(|lsoa| lsoa[name][band].as_integer().unwrap()).sum();
                assert_eq!(
                    area.people[sex][ages(band)].iter().sum::<f64>(),
                    people as f64,
                    "{} {name} {band}",
                    area.name
                );
            }
        }
    }
}

#[test]
fn children_and_maternity_grow_in_millfields_and_old_age_elsewhere() {
    let forecast = forecast();
    for row in forecast.table(20) {
        let wanted = if row.name == "Millfields" { Stage::Children } else { Stage::Old };
        assert_eq!(row.most, wanted, "{}", row.name);
    }
    let millfields = forecast.areas.iter().find(|area| area.name == "Millfields").unwrap();
    let headline = forecast.headline(millfields, 20);
    assert!(headline.most().more_people() > 300.0 && headline.births_then.middle > headline.births_now);
    assert!(headline.sentence().starts_with("By 2045 Millfields has "), "{}", headline.sentence());
    assert!(headline.sentence().contains("more children and"), "{}", headline.sentence());
}

#[test]
fn a_forecast_adds_up() {
    let (need, forecast) = (rivermead(), forecast());
    let close = |one: f64, two: f64| (one - two).abs() <= 1e-6 * one.abs().max(1.0);
    for year in 0..=20 {
        let sum = |of: &dyn Fn(&Outlook) -> f64| forecast.areas.iter().map(of).sum::<f64>();
        assert!(close(sum(&|area| area.total[year].middle), forecast.place.total[year].middle));
        assert!(close(forecast.place.people[year].iter().flatten().sum(), forecast.place.total[year].middle));
        // Constrained to the totals of the larger area.
        if let Some(totals) = need.totals.get(&(2025 + year as i32)) {
            assert!(close(totals.groups[0].people, forecast.place.total[year].middle), "{year}");
        }
        assert!(close(
            forecast.place.segments.iter().map(|segment| segment[year].middle).sum(),
            forecast.place.total[year].middle
        ));
        for service in 0..forecast.services.len() {
            assert!(close(
                sum(&|area| area.activity[service][year].middle),
                forecast.place.activity[service][year].middle
            ));
            for outlook in forecast.areas.iter().chain([&forecast.place]) {
                let (growth, activity) = (outlook.growth[service][year], &outlook.activity[service]);
                let grown = activity[year].middle - activity[0].middle;
                let scale = activity[0].middle;
                for parts in [growth.ordered.iter().sum(), growth.fair.iter().sum(), growth.split.total()] {
                    assert!(
                        (grown - parts).abs() < 1e-9 * scale,
                        "{} {}: {grown} {parts}",
                        outlook.name,
                        forecast.services[service].id
                    );
                }
                let bands: f64 = outlook.activity_bands[service][year].iter().map(|band| band.middle).sum();
                assert!(close(bands, activity[year].middle));
            }
        }
    }
    // Sure now, and less sure the further ahead.
    let width = |year: usize| forecast.place.total[year].high - forecast.place.total[year].low;
    assert!(width(0) == 0.0 && width(5) > 0.0 && width(20) > width(5));
}

#[test]
fn the_same_seed_gives_the_same_numbers_whatever_the_threads() {
    let need = rivermead();
    let one = project(&need, 5, 7, 16).unwrap();
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert!(one == alone.install(|| project(&need, 5, 7, 16)).unwrap());
    let other = project(&need, 5, 8, 16).unwrap();
    assert!(
        one.place.total[5].middle == other.place.total[5].middle && one.place.total[5].low != other.place.total[5].low
    );
    assert!(project(&need, 0, 7, 0).unwrap_err().to_string().starts_with("years is 0"));
}

#[test]
fn demand_is_one_now_and_follows_use_later() {
    let forecast = forecast();
    assert!(demand(forecast, 2025).iter().all(|demand| demand.factor == Range::sure(1.0)));
    let later = demand(forecast, 2040);
    assert_eq!(later.len(), forecast.services.len() * 7);
    let ward = |band| {
        later.iter().find(|demand| demand.kind.as_deref() == Some("ward") && demand.band == band).unwrap().factor
    };
    assert!(ward(Some(5)).middle > 1.1 && ward(Some(5)).middle > ward(None).middle, "{:?}", ward(Some(5)));
    assert!(ward(None).low < ward(None).middle && ward(None).middle < ward(None).high);
    assert_eq!(demand(forecast, 2100), demand(forecast, 2045));
    // Beds are what fills them.
    let service = forecast.services.iter().position(|service| service.id == "emergency-admissions").unwrap();
    let used = forecast.place.activity[service][20].middle;
    assert!((forecast.beds(&forecast.place, service, 20).unwrap().middle - used * 6.6 / 365.0 / 0.92).abs() < 1e-9);
    assert!(forecast.beds(&forecast.place, 0, 20).is_some() && forecast.beds(&forecast.place, 2, 20).is_none());
}

#[test]
fn a_place_in_which_nothing_changes_does_not_change() {
    let quiet = |words: String| words.lines().take(1).chain(["Eastbrook,both,0,0"]).collect::<Vec<_>>().join("\n");
    let mut need = with("migration.csv", quiet).unwrap();
    need.q = [[0.0; AGES]; 2];
    need.fertility = [0.0; AGES];
    need.totals.clear();
    need.services.retain(|service| service.id == "general-practice");
    let forecast = project(&need, 3, 7, 8).unwrap();
    // Nobody is born, dies or moves: as many people, all older, so none of the growth in use is size.
    assert!((forecast.place.total[3].low - 60_000.0).abs() < 0.1 && forecast.place.births[3].high == 0.0);
    assert!(forecast.place.people[3][0][..3].iter().all(|&people| people == 0.0));
    assert!(forecast.place.growth[0][3].split.size.abs() < 1e-6 && forecast.place.growth[0][3].split.ageing > 0.0);
}

#[test]
fn totals_by_neighbourhood_and_age_are_met_together() {
    let words = "year,area,sex,age,people\n2026,,both,0-64,48000\n2026,,female,65+,7000\n2026,,male,65+,6000\n2026,Dunmoor,,,9000\n";
    let need = with("totals.csv", |_| words.into()).unwrap();
    let forecast = project(&need, 1, 7, 0).unwrap();
    let women: f64 = forecast.place.people[1][1][65..].iter().sum();
    let dunmoor: f64 = forecast.areas[1].people[1].iter().flatten().sum();
    assert!(
        (women - 7000.0).abs() < 1e-6
            && (dunmoor - 9000.0).abs() < 1e-6
            && (forecast.place.total[1].middle - 61_000.0).abs() < 1e-6
    );
    let impossible =
        with("totals.csv", |_| "year,age,people\n2026,0-17,0\n2026,18+,-1\n".into()).unwrap_err().to_string();
    assert!(impossible.contains("totals.csv line 3: people is -1, which must be 0 or more"), "{impossible}");
}

/// How many times as many people a model is asked in a year, by the need of Rivermead.
pub fn factors_of(year: i32, model: &Model) -> Vec<(String, Option<String>, f64)> {
    let words = |name: &str| std::fs::read_to_string(root().join("place/need").join(name)).unwrap();
    let need = read(&words("need.toml"), |name| Ok(words(name)), &[]).unwrap();
    factors(&project(&need, 20, 1, 1).unwrap(), year, model)
}

#[test]
fn a_model_is_asked_for_what_the_projection_says_of_the_kinds_and_ages_that_it_has() {
    let model = Model::from_toml(
        r#"
        name = "Ages"
        horizon = 100
        source = [
          { name = "to ward", to = "waiting for ward", rate = 1, classes = { "under 65" = 0.5, "65 to 79" = 0.3, "80 and over" = 0.2 } },
          { name = "to carousel", to = "carousel", rate = 1 },
        ]
        class = [{ name = "under 65" }, { name = "65 to 79" }, { name = "80 and over" }]
        service = [
          { name = "waiting for ward", kind = "asked", route = [{ to = "ward", share = 1 }] },
          { name = "ward", kind = "ward" },
          { name = "carousel", kind = "carousel" },
        ]
        "#,
    )
    .unwrap();
    let factors = factors_of(2040, &model);
    let of = |source: &str, class: Option<&str>| {
        factors.iter().find(|(name, of, _)| name == source && of.as_deref() == class).unwrap().2
    };
    assert_eq!(factors.len(), 4);
    assert!(of("to ward", Some("80 and over")) > 1.3 && of("to ward", Some("under 65")) < 1.05, "{factors:?}");
    let need = {
        let words = |name: &str| std::fs::read_to_string(root().join("place/need").join(name)).unwrap();
        read(&words("need.toml"), |name| Ok(words(name)), &[]).unwrap()
    };
    let forecast = project(&need, 20, 1, 1).unwrap();
    let people = &forecast.place.total;
    assert!((of("to carousel", None) - people[15].middle / people[0].middle).abs() < 1e-12);
    assert!(need.rules.len() > 10 && need.rules.iter().all(|rule| rule.segment < need.segments.names.len()));
}
