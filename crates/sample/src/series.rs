//! Figures that never come as records of people: returns about staff, money, what people say, prevention and homes, the level
//! of pressure that hospitals declare, and deaths.
//!
//! Returns go back a year before the first record, as they do where a system is new. Levels are about those of England. What
//! tells a story does so by [`Month`]: before an agency leaves, home care has more empty posts and more agency shifts, months
//! ahead of any wait.

use crate::clock::DAY;
use crate::dirt::Dirt;
use crate::draw::Draw;
use crate::record::{Desk, Out};
use crate::text::Text;
use crate::truth::Story;
use domain::{Date, Place};
use std::fmt::Write;

/// A file of figures: one row an organisation or neighbourhood and a month, week or day.
pub struct Return {
    pub path: String,
    pub header: &'static str,
    pub rows: Vec<String>,
    /// Deaths are from the register: no row of theirs is lost or doubled.
    register: bool,
}

impl Return {
    pub fn write(&self, seed: u64, number: usize, out: &mut Out) {
        let (from, row) = (out.bytes.len(), &self.rows[number]);
        row.split(',').filter(|cell| matches!(*cell, "*" | "-")).for_each(|_| out.dirt.add(Dirt::Hidden));
        out.bytes.text(row);
        out.bytes.push(b'\n');
        match self.register {
            true => out.records += 1,
            false => {
                let which = key(&self.path) << 32 | number as u64;
                out.done(from, &mut Draw::of(seed, 500, which), b'\n');
            }
        }
    }

    /// The sum of one column by that of another, for a group and the periods that begin from `from` up to, not with, `to`.
    /// Rows in which either is hidden do not count.
    pub fn ratio(&self, over: &str, under: &str, group: &str, from: Date, to: Date) -> f64 {
        let column = |name: &str| self.header.trim_end().split(',').position(|column| column == name);
        let (over, under) = (column(over), column(under));
        let periods = from.to_string()..to.to_string();
        let (mut sum, mut by) = (0.0, 0.0);
        for row in &self.rows {
            let cells: Vec<&str> = row.split(',').collect();
            let number = |column: Option<usize>| cells[column?].parse::<f64>().ok();
            // One for each row where no column divides.
            let under = if under.is_some() { number(under) } else { Some(1.0) };
            let within = cells[1] == group && periods.contains(&cells[0].to_owned());
            if let (true, Some(over), Some(under)) = (within, number(over), under) {
                (sum, by) = (sum + over, by + under);
            }
        }
        if by > 0.0 { sum / by } else { 0.0 }
    }
}

/// A name as a number, to draw by.
fn key(name: &str) -> u64 {
    name.bytes().fold(7, |sum, byte| (sum * 131 + u64::from(byte)) % 1_000_000_007)
}

/// What is usual of an organisation. Rates in %, unless they say otherwise.
struct Usual {
    id: &'static str,
    /// Whole-time posts per 1,000 people, empty posts, days off sick, leavers in a month, shifts by agencies.
    staff: [f64; 5],
    /// Pounds per person and year, spent above plan, spent on prevention.
    money: [f64; 3],
    /// Answers per 1,000 people and month, who would recommend the care; staff who would recommend the work.
    pleased: [f64; 3],
    /// Complaints per 1,000 people and month, answered in time.
    complaints: [f64; 2],
}

const fn usual(id: &'static str, staff: [f64; 5], money: [f64; 3], pleased: [f64; 3], complaints: [f64; 2]) -> Usual {
    Usual { id, staff, money, pleased, complaints }
}

const USUAL: [Usual; 14] = [
    usual("QR1", [8.0, 7.2, 5.0, 0.9, 4.2], [860.0, 3.4, 0.8], [12.0, 88.0, 58.0], [0.40, 74.0]),
    usual("QR2", [5.4, 8.4, 5.3, 1.0, 5.6], [560.0, 2.6, 0.7], [8.0, 87.0, 60.0], [0.27, 68.0]),
    usual("QR3", [0.75, 6.0, 6.6, 0.9, 2.0], [60.0, 0.8, 0.3], [0.4, 91.0, 48.0], [0.08, 70.0]),
    usual("QR4", [0.2, 11.0, 7.5, 3.2, 3.0], [9.0, 0.2, 0.5], [0.6, 84.0, 51.0], [0.06, 82.0]),
    usual("QR5", [2.9, 8.0, 5.2, 1.0, 3.5], [190.0, 0.6, 4.0], [3.0, 95.0, 64.0], [0.09, 80.0]),
    usual("QR6", [2.5, 10.5, 5.8, 1.1, 6.5], [230.0, 1.2, 2.0], [1.4, 87.0, 61.0], [0.12, 66.0]),
    usual("QR7", [2.0, 9.0, 5.4, 1.1, 5.0], [330.0, 2.2, 6.0], [0.0, 0.0, 59.0], [0.13, 71.0]),
    usual("QR8", [0.2, 6.0, 3.2, 0.9, 0.5], [62.0, 0.0, 86.0], [0.0, 0.0, 66.0], [0.0, 0.0]),
    usual("QR9", [2.4, 10.0, 4.6, 2.4, 13.0], [70.0, 0.5, 1.0], [0.5, 91.0, 62.0], [0.08, 76.0]),
    usual("QR10", [6.9, 6.8, 4.4, 1.9, 6.0], [370.0, 0.8, 1.5], [0.5, 93.0, 63.0], [0.08, 79.0]),
    usual("QR11", [0.13, 5.0, 2.6, 1.2, 0.0], [4.0, 0.0, 55.0], [0.16, 97.0, 82.0], [0.0, 0.0]),
    usual("QR12", [0.07, 4.0, 2.2, 1.2, 0.0], [2.0, 0.0, 70.0], [0.12, 97.0, 85.0], [0.0, 0.0]),
    usual("QR20", [0.4, 6.0, 3.5, 1.2, 2.0], [18.0, 0.0, 20.0], [0.0, 0.0, 65.0], [0.16, 77.0]),
    // Each practice.
    usual("", [0.19, 5.0, 3.3, 1.0, 4.0], [15.8, 0.3, 9.0], [0.65, 91.0, 67.0], [0.0, 0.0]),
];

/// A month of the returns, and how far each story has come in it, from 0 to 1.
struct Month {
    /// `2025-06`.
    text: String,
    /// 0 is January.
    of_year: usize,
    /// 0 is April, 1 is March.
    of_budget: f64,
    /// Home care cannot fill its posts and leans on an agency, for five months until that leaves.
    strain: f64,
    /// The agency has left.
    short: f64,
    /// Crews at Eastbrook District leave at once.
    released: f64,
    /// Home First in Eastbrook.
    home_first: f64,
}

fn ramp(at: f64, from: f64, to: f64) -> f64 {
    ((at - from) / (to - from)).clamp(0.0, 1.0)
}

/// From a year before the first record up to the last month that is over.
fn months(desk: &Desk) -> Vec<Month> {
    let (clock, stories) = (desk.clock, desk.stories);
    let number = |(year, month): (i32, u32)| year * 12 + month as i32 - 1;
    let first = number((clock.months[0].1, clock.months[0].2)) - 12;
    let (year, month, _) = clock.day(clock.end).ymd();
    let [shortage, release, home_first] =
        [stories.shortage, stories.release, stories.home_first].map(|at| f64::from(clock.day(at).0));
    (first..number((year, month)))
        .filter_map(|at| {
            let (year, of_year) = (at.div_euclid(12), at.rem_euclid(12));
            let middle = f64::from(Date::from_ymd(year, of_year as u32 + 1, 15)?.0);
            Some(Month {
                text: format!("{year:04}-{:02}", of_year + 1),
                of_year: of_year as usize,
                of_budget: f64::from((of_year + 9) % 12) / 11.0,
                strain: ramp(middle, shortage - 150.0, shortage - 20.0),
                short: ramp(middle, shortage - 10.0, shortage + 20.0),
                released: ramp(middle, release - 5.0, release + 10.0),
                home_first: ramp(middle, home_first, home_first + 45.0),
            })
        })
        .collect()
}

/// So many of `whole`, when each is with this probability in percent.
fn some(draw: &mut Draw, whole: u64, percent: f64) -> u64 {
    let (n, p) = (whole as f64, (percent / 100.0).clamp(0.0, 1.0));
    (n * p + (n * p * (1.0 - p)).sqrt() * draw.normal()).round().clamp(0.0, n) as u64
}

/// A whole and its part: both hidden where the whole is one to four people, the part alone where only that is.
fn hidden(whole: u64, part: u64) -> Vec<String> {
    let few = |count| (1..5).contains(&count);
    let cell = |count: u64, hide| if hide { "*".to_owned() } else { count.to_string() };
    vec![cell(whole, few(whole)), cell(part, few(whole) || few(part))]
}

/// What a row says after its month and group; nothing where there is nothing to say.
type Cells = Option<Vec<String>>;

/// A return of every month. Who has nothing to say is not in it; who says nothing once, one month in two hundred, is a
/// row of dashes.
fn monthly(
    desk: &Desk,
    months: &[Month],
    groups: &[&str],
    (path, header): (&str, &'static str),
    cells: impl Fn(&Month, usize, &mut Draw) -> Cells,
) -> Return {
    let mut rows = Vec::new();
    for month in months {
        for (at, group) in groups.iter().enumerate() {
            let which = key(path) << 32 | key(&month.text) ^ key(group);
            let mut draw = Draw::of(desk.people.seed, 501, which);
            let Some(mut cells) = cells(month, at, &mut draw) else { continue };
            if draw.chance(0.005) {
                cells.fill("-".to_owned());
            }
            rows.push(format!("{},{group},{}", month.text, cells.join(",")));
        }
    }
    Return { path: path.to_owned(), header, rows, register: false }
}

/// Every return of the place.
pub fn returns(desk: &Desk, place: &Place) -> Vec<Return> {
    let months = months(desk);
    let people = desk.people.list.len() as f64;
    let organisations: Vec<&str> = place.organisations.iter().map(|organisation| organisation.id.as_str()).collect();
    let here: Vec<Here> = (0..desk.people.neighbourhoods.len()).map(|at| Here::of(desk, at)).collect();
    let mut all = of_organisations(desk, &months, &organisations, people);
    all.extend(of_neighbourhoods(desk, &months, &here));
    all.push(waiting_beds(desk));
    all.extend(declared(desk));
    all.push(deaths(desk, &here));
    all
}

const WINTER: [f64; 12] = [1.16, 1.08, 1.0, 0.95, 0.92, 0.91, 0.95, 0.96, 0.98, 1.04, 1.06, 1.14];

fn of_organisations(desk: &Desk, months: &[Month], organisations: &[&str], people: f64) -> Vec<Return> {
    let seed = desk.people.seed;
    let usual: Vec<&Usual> = organisations
        .iter()
        .map(|id| USUAL.iter().find(|usual| usual.id == *id).unwrap_or(&USUAL[USUAL.len() - 1]))
        .collect();
    // What stays the same about an organisation: practices are larger and smaller, and better and worse at it.
    let own = |at: usize| {
        let mut draw = Draw::of(seed, 502, at as u64);
        if usual[at].id.is_empty() { [draw.around(1.0, 0.2), draw.normal(), draw.normal()] } else { [1.0, 0.0, 0.0] }
    };
    let only = |at: usize, id: &str| if usual[at].id == id { 1.0 } else { 0.0 };
    let hospital = |at: usize| only(at, "QR1") + only(at, "QR2");
    let agency = |month: &Month, at: usize| {
        let leaves = 1.0 - month.short;
        usual[at].staff[4] * WINTER[month.of_year].sqrt()
            + only(at, "QR9") * (24.0 * month.strain * leaves - 10.0 * month.short)
            + hospital(at) * 1.2 * month.short
    };
    let plan = |at: usize| people * usual[at].money[0] / 12.0 * own(at)[0];
    let practices: Vec<&str> =
        organisations.iter().zip(&usual).filter(|(_, usual)| usual.id.is_empty()).map(|(id, _)| *id).collect();
    let before = organisations.len() - practices.len();
    let sheet =
        |names, cells: &dyn Fn(&Month, usize, &mut Draw) -> Cells| monthly(desk, months, organisations, names, cells);
    vec![
        sheet(
            (
                "workforce/staff.csv",
                "month,organisation,posts_wte,staff_wte,vacant_wte,days_available,days_sick,headcount,leavers,shifts,agency_shifts\n",
            ),
            &|month, at, draw| {
                let [posts, vacant, sick, leave, _] = usual[at].staff;
                let home_care = only(at, "QR9");
                let posts = posts * people / 1_000.0 * own(at)[0] * draw.around(1.0, 0.003);
                let vacant = vacant
                    + home_care * (14.0 * month.strain + 3.0 * month.short)
                    + 2.0 * only(at, "QR10") * month.strain;
                let vacant = posts * vacant * draw.around(1.0, 0.05) / 100.0;
                let staff = posts - vacant;
                let available = (staff * 30.4).round();
                let sick = sick
                    * WINTER[month.of_year].sqrt()
                    * draw.around(1.0, 0.06)
                    * (1.0 + 0.3 * home_care * month.strain);
                let headcount = (staff * 1.2).round().max(1.0);
                let leavers = draw.poisson(headcount * (leave + 2.0 * home_care * month.strain) / 100.0);
                let shifts = (posts * 17.0).round() as u64;
                Some(vec![
                    format!("{posts:.2}"),
                    format!("{staff:.2}"),
                    format!("{vacant:.2}"),
                    available.to_string(),
                    (available * sick / 100.0).round().to_string(),
                    headcount.to_string(),
                    // Of an employer this small, whoever left could be known.
                    if headcount < 50.0 { "*".to_owned() } else { (leavers as f64).min(headcount).to_string() },
                    shifts.to_string(),
                    some(draw, shifts, agency(month, at)).to_string(),
                ])
            },
        ),
        sheet(
            ("workforce/volunteers.csv", "month,organisation,volunteers,hours,asked_for_help,turned_away\n"),
            &|month, at, draw| {
                let [volunteers, asked, away] = match usual[at].id {
                    "QR11" => [0.9, 0.9, 9.0],
                    "QR12" => [1.3, 0.7, 12.0],
                    _ => return None,
                };
                let summer = if month.of_year == 7 { 0.8 } else { 1.0 };
                let volunteers = (volunteers * people / 1_000.0 * draw.around(1.0, 0.03)).round();
                let hours = (volunteers * 9.0 * summer * draw.around(1.0, 0.06)).round();
                let asked = draw.poisson(asked * people / 1_000.0 * (1.0 + 0.35 * month.short));
                let away = some(draw, asked, away + 14.0 * month.short);
                let mut cells = vec![volunteers.to_string(), hours.to_string()];
                cells.extend(hidden(asked, away));
                Some(cells)
            },
        ),
        sheet(
            ("money/costs.csv", "month,organisation,plan,cost,pay,agency,prevention,cost_per_head\n"),
            &|month, at, draw| {
                let [_, above, prevention] = usual[at].money;
                let plan = plan(at);
                let home_care = only(at, "QR9") * (11.0 * month.strain * (1.0 - month.short) - 14.0 * month.short);
                let above = above * (0.3 + 1.4 * month.of_budget) + home_care + 0.8 * draw.normal();
                let cost = plan * (1.0 + above / 100.0);
                let pay = cost * 0.66;
                let agency = pay * agency(month, at).max(0.0) / 100.0 * 1.2 * draw.around(1.0, 0.07);
                let prevention = cost * prevention / 100.0 * draw.around(1.0, 0.05);
                let mut cells = [plan, cost, pay, agency, prevention].map(|pounds| format!("{pounds:.0}")).to_vec();
                cells.push(format!("{:.2}", cost / people));
                Some(cells)
            },
        ),
        sheet(
            ("experience/friends-and-family.csv", "month,organisation,answers,would_recommend\n"),
            &|month, at, draw| {
                let [rate, pleased, _] = usual[at].pleased;
                let worse = 7.0 * only(at, "QR2") * month.released
                    + 3.0 * hospital(at) * month.short
                    + only(at, "QR9") * (3.0 * month.strain + 6.0 * month.short);
                let answers = draw.poisson(rate * people / 1_000.0 * own(at)[0]);
                let pleased = pleased + 2.0 * own(at)[1] - worse + 0.5 * draw.normal();
                let recommend = some(draw, answers, pleased);
                (rate > 0.0).then(|| hidden(answers, recommend))
            },
        ),
        monthly(
            desk,
            months,
            &practices,
            ("experience/practice-survey.csv", "month,organisation,asked_phone,easy\n"),
            |month, at, draw| {
                let easy = 55.0 + 9.0 * own(before + at)[2] - 14.0 * (WINTER[month.of_year] - 1.0) + draw.normal();
                let asked = draw.poisson(0.55 * people / 1_000.0 * own(before + at)[0]);
                let easy = some(draw, asked, easy);
                Some(hidden(asked, easy))
            },
        ),
        sheet(("experience/staff.csv", "month,organisation,asked,would_recommend_work\n"), &|month, at, draw| {
            let better = 12.0 * only(at, "QR3") * month.released - 12.0 * only(at, "QR9") * month.strain;
            let asked = draw.poisson(0.5 * usual[at].staff[0] * people / 1_000.0 * own(at)[0]);
            let recommend = some(draw, asked, usual[at].pleased[2] + 4.0 * own(at)[1] + better);
            Some(hidden(asked, recommend))
        }),
        sheet(("experience/complaints.csv", "month,organisation,due,answered_in_time\n"), &|month, at, draw| {
            let [rate, in_time] = usual[at].complaints;
            let more = (only(at, "QR7") + only(at, "QR9")) * month.short;
            let due = draw.poisson(rate * people / 1_000.0 * (1.0 + more));
            let in_time = some(draw, due, in_time - 12.0 * more);
            (rate > 0.0).then(|| hidden(due, in_time))
        }),
    ]
}

/// A neighbourhood as statisticians see it.
struct Here {
    name: String,
    people: f64,
    /// Females and males in each age band of the place.
    bands: [[u32; 6]; 2],
    /// The mean deprivation fifth less 3: below nought is poorer.
    rich: f64,
}

impl Here {
    fn of(desk: &Desk, at: usize) -> Here {
        let (mut bands, mut fifths, mut areas) = ([[0; 6]; 2], 0.0, 0.0);
        for (lsoa, _) in desk.people.lsoas.iter().enumerate().filter(|(_, lsoa)| usize::from(lsoa.0) == at) {
            for (sex, sum) in bands.iter_mut().enumerate() {
                sum.iter_mut().zip(desk.people.counts(lsoa, sex)).for_each(|(sum, count)| *sum += count);
            }
            (fifths, areas) = (fifths + f64::from(desk.people.lsoas[lsoa].1), areas + 1.0);
        }
        let people = f64::from(bands.iter().flatten().sum::<u32>());
        Here { name: desk.people.neighbourhoods[at].clone(), people, bands, rich: fifths / f64::max(areas, 1.0) - 3.0 }
    }

    fn aged(&self, bands: std::ops::Range<usize>) -> f64 {
        self.bands.iter().flat_map(|sex| &sex[bands.clone()]).map(|count| f64::from(*count)).sum()
    }
}

/// Of those who will have had the flu vaccine by the end of February, how many have by the end of the month; nobody says
/// from March on.
const FLU: [Option<f64>; 12] =
    [Some(0.97), Some(1.0), None, None, None, None, None, None, Some(0.16), Some(0.62), Some(0.84), Some(0.93)];

fn of_neighbourhoods(desk: &Desk, months: &[Month], here: &[Here]) -> Vec<Return> {
    let names: Vec<&str> = here.iter().map(|here| here.name.as_str()).collect();
    let east = desk.stories.eastbrook;
    let coverage = monthly(
        desk,
        months,
        &names,
        (
            "prevention/coverage.csv",
            "month,neighbourhood,aged_65,flu_vaccinated,aged_5,mmr_twice,bowel_invited,bowel_screened,checks_offered,checks_taken,quit_dates_in_year,quits_in_year,high_blood_pressure,to_target\n",
        ),
        |month, at, draw| {
            let Here { people, rich, .. } = here[at];
            let mut cells = Vec::new();
            let old = here[at].aged(3..6).round() as u64;
            match FLU[month.of_year] {
                Some(so_far) => cells.extend(hidden(old, some(draw, old, (74.0 + 3.2 * rich) * so_far))),
                None => cells.extend(["-".to_owned(), "-".to_owned()]),
            }
            let invited = draw.poisson(people * 0.27 / 24.0);
            let screened = some(draw, invited, 66.0 + 4.2 * rich);
            let offered = draw.poisson(people * 0.40 / 60.0);
            let taken = some(draw, offered, 43.0 + 3.0 * rich);
            // Of people who are nearly the same each month, so that chance has less to say.
            let mut most = |whole: f64, percent: f64| {
                let chance = 0.4 * (whole * percent / 100.0 * (1.0 - percent / 100.0)).sqrt() * draw.normal();
                [whole.round(), (whole * percent / 100.0 + chance).round()].map(|count| count as u64)
            };
            let children = most(here[at].aged(0..1) / 18.0, 85.0 + 2.6 * rich);
            let quits = most(people * (0.11 - 0.02 * rich) * 0.06, 53.0 + 2.0 * rich);
            // Practices are paid by what they reached at the end of March.
            let treated = most(people * 0.14, 66.0 + 3.0 * month.of_budget + 1.5 * rich);
            for [whole, part] in [children, [invited, screened], [offered, taken], quits, treated] {
                cells.extend(hidden(whole, part));
            }
            Some(cells)
        },
    );
    let wider = monthly(
        desk,
        months,
        &names,
        (
            "public-health/wider.csv",
            "month,neighbourhood,adults_asked,often_lonely,households,households_on_housing_list\n",
        ),
        |month, at, draw| {
            let Here { people, rich, .. } = here[at];
            let asked = draw.poisson(people * 0.02);
            let lonely = 7.5 - 0.9 * rich + if matches!(month.of_year, 0 | 11) { 1.5 } else { 0.0 };
            let households = (people / 2.35).round() as u64;
            let listed = 5.4 - 1.1 * rich;
            let mut cells = hidden(asked, some(draw, asked, lonely));
            cells.extend(hidden(
                households,
                (households as f64 * listed / 100.0 * draw.around(1.0, 0.015)).round() as u64,
            ));
            Some(cells)
        },
    );
    let carers = monthly(
        desk,
        months,
        &names,
        ("experience/carers.csv", "month,neighbourhood,answers,points\n"),
        |month, at, draw| {
            // The mean of six answers, of 12 points in all.
            let better = if at == east { 0.9 * month.home_first } else { -0.5 * month.short };
            let answers = draw.poisson(here[at].people * 0.003);
            let mean = 7.2 + 0.12 * here[at].rich + better + 1.8 / (answers as f64).max(1.0).sqrt() * draw.normal();
            let points = (answers as f64 * mean.clamp(0.0, 12.0)).round();
            Some(if answers < 5 { vec!["*".to_owned(); 2] } else { vec![answers.to_string(), points.to_string()] })
        },
    );
    vec![coverage, wider, carers]
}

const HOSPITALS: [&str; 2] = ["QR1", "QR2"];

/// Nights that people who were ready to leave stayed, week by week, at an invented £400 each.
fn waiting_beds(desk: &Desk) -> Return {
    let clock = desk.clock;
    let (first, last) = (clock.first_day.0, clock.day(clock.end).0);
    let monday = first + (7 - clock.first_day.weekday() as i32) % 7;
    let weeks = ((last - monday).max(0) / 7) as usize;
    let mut nights = vec![[0u64; 2]; weeks];
    for visit in desk.urgent.visits.iter().filter(|visit| visit.ready > 0) {
        let left = if visit.left > 0 { clock.day(visit.left).0 } else { last };
        for night in clock.day(visit.ready).0.max(monday)..left.min(monday + 7 * weeks as i32) {
            nights[((night - monday) / 7) as usize][usize::from(visit.site)] += 1;
        }
    }
    let rows = nights.iter().enumerate().flat_map(|(week, nights)| {
        let monday = Date(monday + 7 * week as i32);
        HOSPITALS.iter().zip(nights).map(move |(id, nights)| format!("{monday},{id},{nights},{}", nights * 400))
    });
    Return {
        path: "money/beds-ready-to-leave.csv".to_owned(),
        header: "week,organisation,nights,cost\n",
        rows: rows.collect(),
        register: false,
    }
}

/// The level that each hospital says it is under, from 1 to 4, each morning. It follows what is waited at both its doors, with
/// a person in between: Friday's word stands until Monday, one in ten is a level off, and once crews leave at once Eastbrook
/// District mostly says a level less than what is waited inside.
fn declared(desk: &Desk) -> Vec<Return> {
    let clock = desk.clock;
    let (first, days) = (clock.first_day.0, clock.days() as usize);
    let mut levels = [vec![1i8; days], vec![1i8; days]];
    for (site, levels) in levels.iter_mut().enumerate() {
        let mut waited = [vec![0.0; days], vec![0.0; days]];
        for visit in desk.urgent.visits.iter().filter(|visit| usize::from(visit.site) == site) {
            for (door, from, to) in [(0, visit.hospital, visit.arrived), (1, visit.decided, visit.ward)] {
                if from >= clock.start && to > 0 {
                    waited[door][((clock.day(from).0 - first) as usize).min(days - 1)] += f64::from(to - from);
                }
            }
        }
        let usual = waited.each_ref().map(|door| (door.iter().sum::<f64>() / days as f64).max(1.0));
        let released = |day: usize| site == 1 && first + day as i32 >= clock.day(desk.stories.release).0;
        let seen = |door: usize, day: usize| {
            (0.6 * waited[door][day] + 0.4 * waited[door][day.saturating_sub(1)]) / usual[door]
        };
        let score: Vec<f64> = (0..days).map(|day| seen(usize::from(released(day)), day) + seen(1, day)).collect();
        let mut sorted = score.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let cuts = [0.25, 0.6, 0.88].map(|share| sorted[(days as f64 * share) as usize]);
        for day in 0..days {
            let mut draw = Draw::of(desk.people.seed, 503 + site as u64, day as u64);
            let level = 1 + cuts.iter().filter(|cut| score[day] >= **cut).count() as i8;
            let off = if draw.chance(0.1) { if draw.chance(0.5) { 1 } else { -1 } } else { 0 };
            let less = i8::from(released(day) && draw.chance(0.5));
            let said = (level + off - less).clamp(1, 4);
            let weekend = Date(first + day as i32).weekday() > 4;
            levels[day] = if weekend && day > 0 { levels[day - 1] } else { said };
        }
    }
    let of_month = |month: usize| {
        let (from, year, of_year) = clock.months[month];
        let days = clock.day(from).0..clock.day(clock.month_end(month)).0;
        let rows = days.flat_map(|day| (0..2).map(move |site| (day, site))).map(|(day, site)| {
            let mut draw = Draw::of(desk.people.seed, 505 + site as u64, day as u64);
            let minute = draw.below(50);
            let level = levels[site].get((day - first) as usize).filter(|_| !draw.chance(0.01));
            let level = level.map_or("-".to_owned(), i8::to_string);
            format!("{},{},08:{minute:02},{level}", Date(day), HOSPITALS[site])
        });
        Return {
            path: format!("pressure/declared-{year:04}-{of_year:02}.csv"),
            header: "day,organisation,declared_at,level\n",
            rows: rows.collect(),
            register: false,
        }
    };
    (0..clock.months.len()).map(of_month).collect()
}

/// Where the 20 age bands of a life table begin, what share of the place's age band they are, deaths of 1,000 females and
/// males in a year, and who of a hundred says that their health is good or very good. About those of England in 2022.
const LIFE: [(u32, usize, f64, [f64; 2], f64); 20] = [
    (0, 0, 1.0 / 18.0, [3.5, 4.2], 98.5),
    (1, 0, 4.0 / 18.0, [0.15, 0.18], 98.0),
    (5, 0, 5.0 / 18.0, [0.07, 0.09], 97.5),
    (10, 0, 5.0 / 18.0, [0.08, 0.10], 97.0),
    (15, 0, 3.0 / 18.0, [0.15, 0.30], 96.0),
    (20, 1, 0.26, [0.20, 0.50], 95.0),
    (25, 1, 0.25, [0.27, 0.60], 94.0),
    (30, 1, 0.25, [0.45, 0.90], 93.0),
    (35, 1, 0.24, [0.80, 1.30], 91.0),
    (40, 2, 0.20, [1.2, 1.9], 89.0),
    (45, 2, 0.19, [1.9, 2.9], 86.0),
    (50, 2, 0.21, [2.8, 4.2], 82.0),
    (55, 2, 0.21, [4.2, 6.4], 78.0),
    (60, 2, 0.19, [6.6, 10.2], 73.0),
    (65, 3, 0.53, [10.2, 15.7], 69.0),
    (70, 3, 0.47, [16.5, 24.5], 64.0),
    (75, 4, 0.58, [29.0, 41.0], 57.0),
    (80, 4, 0.42, [53.0, 71.0], 50.0),
    (85, 5, 0.64, [101.0, 127.0], 43.0),
    (90, 5, 0.36, [205.0, 235.0], 36.0),
];

/// Deaths and people of the five calendar years before the last, with a tenth of people asked how their health is: what a
/// life table of each neighbourhood and sex is made from.
fn deaths(desk: &Desk, here: &[Here]) -> Return {
    let last = desk.clock.day(desk.clock.end - DAY).ymd().0;
    let mut rows = Vec::new();
    for (at, here) in here.iter().enumerate() {
        for year in last - 5..last {
            for (sex, word) in ["female", "male"].iter().enumerate() {
                for (which, (age, band, share, dying, well)) in LIFE.iter().enumerate() {
                    let key = ((at * 3_000 + year as usize) * 2 + sex) * 20 + which;
                    let mut draw = Draw::of(desk.people.seed, 507, key as u64);
                    let people = f64::from(here.bands[sex][*band]) * share * 0.995f64.powi(last - year);
                    let people = people.round() as u64;
                    let steep = if *age < 75 {
                        0.20
                    } else if *age < 85 {
                        0.10
                    } else {
                        0.04
                    };
                    let dying = dying[sex] / 1_000.0 * (-steep * here.rich).exp();
                    let deaths = draw.poisson(people as f64 * dying).min(people);
                    let asked = people / 10;
                    let well = well + (100.0 - well) * 0.10 * here.rich;
                    let good = some(&mut draw, asked, well);
                    let name = &here.name;
                    // Writing to a string cannot fail.
                    let mut row = String::new();
                    let _ = write!(row, "{year},{name},{word},{age},{people},{deaths},{asked},{good}");
                    rows.push(row);
                }
            }
        }
    }
    Return {
        path: "public-health/deaths.csv".to_owned(),
        header: "year,neighbourhood,sex,startage,pops,deaths,asked,good_health\n",
        rows,
        register: true,
    }
}

/// What the returns tell of the stories, before and after each.
pub fn stories(desk: &Desk, returns: &[Return]) -> Vec<Story> {
    let (clock, set) = (desk.clock, desk.stories);
    let day = |at: u32| clock.day(at);
    let (far, end) = (Date(clock.first_day.0 - 400), day(clock.end));
    let (shortage, release, home_first) = (day(set.shortage), day(set.release), day(set.home_first));
    let strained = Date(shortage.0 - 150);
    // Six weeks before the agency leaves, in whole months.
    let late = Date(shortage.0 - 75);
    let ratio = |path: &str, over: &str, under: &str, group: &str, from: Date, to: Date| {
        let files = returns.iter().filter(|file| file.path.starts_with(path));
        let found: Vec<f64> =
            files.map(|file| file.ratio(over, under, group, from, to)).filter(|ratio| *ratio > 0.0).collect();
        found.iter().sum::<f64>() / (found.len() as f64).max(1.0)
    };
    let eastbrook = &desk.people.neighbourhoods[set.eastbrook];
    let story = |name, at, group: &str, measure, unit, [before, after]: [f64; 2], truth| Story {
        name,
        from: at,
        neighbourhood: group.to_owned(),
        measure,
        unit,
        before,
        after,
        truth,
    };
    let percent = |path, over, under, group, [from, turn, to]: [Date; 3]| {
        [ratio(path, over, under, group, far, from), ratio(path, over, under, group, turn, to)]
            .map(|share| 100.0 * share)
    };
    let months = [strained, late, shortage];
    let after = [release, release, shortage];
    vec![
        story(
            "home-care-shortage",
            set.shortage,
            "Riverside Home Care",
            "staff-vacancies",
            "%",
            percent("workforce/staff", "vacant_wte", "posts_wte", "QR9", months),
            "the first sign: posts stand empty five months before anybody waits",
        ),
        story(
            "home-care-shortage",
            set.shortage,
            "Riverside Home Care",
            "agency-spend",
            "%",
            percent("money/costs", "agency", "pay", "QR9", months),
            "the second sign: the agency that then leaves fills them",
        ),
        story(
            "rapid-release",
            set.release,
            "Eastbrook District",
            "recommend-care",
            "%",
            percent("experience/friends", "would_recommend", "answers", "QR2", after),
            "real: those who wait inside say so",
        ),
        story(
            "rapid-release",
            set.release,
            "Rivermead Ambulance",
            "staff-recommend-work",
            "%",
            percent("experience/staff", "would_recommend_work", "asked", "QR3", [release, release, end]),
            "real: crews are glad to leave",
        ),
        story(
            "rapid-release",
            set.release,
            "Eastbrook District",
            "declared-pressure",
            "level",
            [(clock.first_day, release), (release, shortage)]
                .map(|(from, to)| ratio("pressure/", "level", "", "QR2", from, to)),
            "said to be less, since crews are gone; what is waited inside is not less",
        ),
        story(
            "home-first",
            set.home_first,
            eastbrook,
            "carers-quality-of-life",
            "points of 12",
            [(far, home_first), (Date(home_first.0 + 30), end)]
                .map(|(from, to)| ratio("experience/carers", "points", "answers", eastbrook, from, to)),
            "real: help that comes at once is help for who cares at home too",
        ),
    ]
}
