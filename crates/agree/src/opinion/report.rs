//! What may be shown of a conversation: plain values that hold no person and no cut of fewer than eleven people.
//!
//! Four rules, kept here and nowhere else:
//! 1. A statement's count is shown when at least eleven people have voted on it.
//! 2. A cut (by group, by perspective) is shown for a statement whole or not at all: if one part has fewer than eleven votes,
//!    none is shown, so that none can be had by subtraction.
//! 3. In a cut, numbers of people are rounded to five and shares to whole percent, so that a cut and the whole, or two cuts,
//!    cannot be set against each other to find the few who are in neither.
//! 4. Perspectives that fewer than eleven people declared stand together, with the next smallest if need be.

use super::files::Sheet;
use super::{
    Choice, Conversation, Firmness, NotYet, Opinion, Options, Problem, Representative, Standing, Tally, common_ground,
    group_informed_consensus, read,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// No cut has fewer people than this.
pub const SMALL: usize = 11;

/// The name under which perspectives stand that few people declared.
const FEW: &str = "others";

/// A conversation as anyone may see it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How many people have voted.
    pub participants: usize,
    /// How many votes count.
    pub votes: usize,
    /// How many statements have votes.
    pub statements: usize,
    /// How many of them were moderated out.
    pub moderated_out: usize,
    /// How many people voted on enough statements to be placed on the map.
    pub placed: usize,
    /// One sentence on the groups.
    pub groups_in_words: String,
    /// People in each group, rounded to five; empty where groups are not to be shown.
    pub group_sizes: Vec<usize>,
    /// Why groups are not to be shown.
    pub not_yet: Option<NotYet>,
    /// How firm the groups are.
    pub firmness: Option<Firmness>,
    /// Perspectives, and the people who declared each, rounded to five.
    pub perspectives: Vec<(String, usize)>,
    /// What every group is for, or against: highest common ground first.
    pub common_ground: Vec<Shared>,
    /// What every perspective is for, or against.
    pub common_ground_of_perspectives: Vec<Shared>,
    /// What more than half of each group say, and far more than the others: significant on both tests, without Polis's lead of
    /// what the group most agrees on, which others may agree on more.
    pub known_by: Vec<Vec<Known>>,
    /// All statements that were not moderated out.
    pub all: Vec<Row>,
}

/// A statement that all parts of a cut share.
#[derive(Clone, Debug, Serialize)]
pub struct Shared {
    /// The statement.
    pub statement: u64,
    /// Its words.
    pub text: String,
    /// For or against.
    pub direction: Choice,
    /// Common ground in percent.
    pub common_ground_percent: u32,
    /// The share of the part that shares it least, in percent.
    pub least_percent: u32,
}

/// A statement that a group is known by.
#[derive(Clone, Debug, Serialize)]
pub struct Known {
    /// The statement.
    pub statement: u64,
    /// Its words.
    pub text: String,
    /// For or against.
    pub direction: Choice,
    /// The share of the group, in percent.
    pub here_percent: u32,
    /// The share of all other groups, in percent.
    pub elsewhere_percent: u32,
}

/// One statement.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The statement.
    pub statement: u64,
    /// Its words.
    pub text: String,
    /// The votes of everyone; absent below eleven.
    pub everyone: Option<Tally>,
    /// Shares in each group; absent where one has fewer than eleven votes.
    pub groups: Option<Vec<Part>>,
    /// Shares in each perspective; absent where one has fewer than eleven votes.
    pub perspectives: Option<Vec<Part>>,
    /// Common ground of groups, for and against, in percent.
    pub common_ground_percent: Option<[u32; 2]>,
    /// Polis's group-informed consensus, for and against, in percent.
    pub group_informed_percent: Option<[u32; 2]>,
    /// Common ground of perspectives, for and against, in percent.
    pub common_ground_of_perspectives_percent: Option<[u32; 2]>,
}

/// One part of a cut.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// How many voted, rounded to five; 11 or 12 are 11.
    pub seen: u32,
    /// For.
    pub agree_percent: u32,
    /// Against.
    pub disagree_percent: u32,
}

/// Read the files of a conversation, as (name, bytes), and report: all that `catchment opinion votes.csv` needs.
///
/// ```
/// let mut votes = "participant,statement,vote\n".to_owned();
/// for person in 0..12 {
///     votes += &format!("{person},1,1\n");
/// }
/// let (report, problems) = agree::opinion::report(&[("votes.csv", votes.as_bytes())], &Default::default());
/// assert!(problems.is_empty());
/// assert_eq!(report.all[0].everyone.unwrap().agree, 12);
/// assert!(report.text().contains("Too few people to see groups yet"));
/// ```
pub fn report(files: &[(&str, &[u8])], options: &Options) -> (Report, Vec<Problem>) {
    let (conversation, problems) = read(files);
    (Report::of(&conversation, options), problems)
}

impl Report {
    /// Report on a conversation. No group smaller than [`SMALL`] is taken, and perspectives of fewer stand together.
    pub fn of(conversation: &Conversation, options: &Options) -> Self {
        let mut conversation = conversation.clone();
        pool(&mut conversation);
        let smallest_group = options.smallest_group.max(SMALL);
        let opinion = conversation.opinion(&Options { smallest_group, ..options.clone() });
        let seen = opinion.not_yet.is_none();
        let text = |id: u64| conversation.statements.get(&id).map(|s| s.text.clone()).unwrap_or_default();
        let groups: Cut = if seen { |standing| whole(&standing.groups) } else { |_| None };
        let perspectives: Cut = |standing| whole(&standing.perspectives);
        let mut declared: BTreeMap<&str, usize> = BTreeMap::new();
        for name in conversation.people.keys().filter_map(|person| conversation.perspectives.get(person)) {
            *declared.entry(name).or_default() += 1;
        }
        let row = |standing: &Standing| Row {
            statement: standing.statement,
            text: text(standing.statement),
            everyone: Some(standing.everyone).filter(|tally| tally.seen() as usize >= SMALL),
            groups: groups(standing).map(parts),
            perspectives: perspectives(standing).map(parts),
            common_ground_percent: groups(standing).map(|groups| both(|way| common_ground(groups, way))),
            group_informed_percent: groups(standing).map(|groups| both(|way| group_informed_consensus(groups, way))),
            common_ground_of_perspectives_percent: perspectives(standing)
                .map(|perspectives| both(|way| common_ground(perspectives, way))),
        };
        let known = |group: usize| -> Vec<Known> {
            let shown = |standing: &Standing| groups(standing).is_some();
            let told = opinion.representative_of(group, &shown, false);
            told.iter().filter_map(|told| known(&opinion, told, group, &text)).collect()
        };
        Report {
            participants: opinion.participants,
            votes: conversation.votes(),
            statements: opinion.standings.len(),
            moderated_out: conversation.tallies.keys().filter(|id| conversation.is_out(**id)).count(),
            placed: opinion.placed,
            groups_in_words: in_words(&opinion),
            group_sizes: if seen { opinion.group_sizes().into_iter().map(to_five).collect() } else { vec![] },
            not_yet: opinion.not_yet,
            firmness: Some(opinion.firmness.clone()).filter(|_| opinion.best_k.is_some()),
            perspectives: declared.into_iter().map(|(name, people)| (name.to_owned(), to_five(people))).collect(),
            common_ground: shared(&opinion, groups, &text),
            common_ground_of_perspectives: shared(&opinion, perspectives, &text),
            known_by: if seen { (0..opinion.groups.len()).map(known).collect() } else { vec![] },
            all: opinion.standings.iter().filter(|standing| !standing.out).map(row).collect(),
        }
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) -> std::fmt::Result {
        let (people, statements) =
            (count(self.participants, "person", "people"), count(self.statements, "statement", "statements"));
        writeln!(to, "{people}, {statements}, {}", count(self.votes, "vote", "votes"))?;
        if self.moderated_out > 0 {
            writeln!(to, "{} moderated out", count(self.moderated_out, "statement", "statements"))?;
        }
        writeln!(to, "{}", self.groups_in_words)?;
        for (title, list) in [
            ("Common ground: what every group shares", &self.common_ground),
            ("Common ground: what every perspective shares", &self.common_ground_of_perspectives),
        ] {
            if !list.is_empty() {
                writeln!(to, "\n{title}")?;
            }
            for shared in list {
                let Shared { direction, common_ground_percent, least_percent, .. } = shared;
                let way = way(*direction);
                let words = words(shared.statement, &shared.text);
                writeln!(to, "  {common_ground_percent:>3}%  {way} (at least {least_percent}% of each): {words}")?;
            }
        }
        for (group, known) in self.known_by.iter().enumerate() {
            writeln!(to, "\nGroup {} (about {} people) is known by", letter(group), self.group_sizes[group])?;
            for Known { statement, text, direction, here_percent, elsewhere_percent } in known {
                let (way, words) = (way(*direction), words(*statement, text));
                writeln!(to, "  {way}: {here_percent}% here, {elsewhere_percent}% elsewhere: {words}")?;
            }
        }
        let shown: Vec<(&Row, Tally)> = self.all.iter().filter_map(|row| Some((row, row.everyone?))).collect();
        if self.group_sizes.is_empty() && !shown.is_empty() {
            writeln!(to, "\nAll votes")?;
            for (row, tally) in shown {
                let Tally { agree, disagree, pass } = tally;
                let words = words(row.statement, &row.text);
                writeln!(to, "  {agree} for, {disagree} against, {pass} passed: {words}")?;
            }
        }
        Ok(())
    }

    /// One row a statement. What is withheld is blank.
    pub fn csv(&self) -> String {
        let mut header = ["statement", "text", "seen", "agree", "disagree", "pass"].map(str::to_owned).to_vec();
        for column in ["common_ground", "group_informed", "common_ground_of_perspectives"] {
            header.extend(["agree", "disagree"].map(|way| format!("{column}_{way}_percent")));
        }
        let names: Vec<String> = (0..self.group_sizes.len())
            .map(|group| format!("group_{}", letter(group).to_lowercase()))
            .chain(self.perspectives.iter().map(|(name, _)| name.clone()))
            .collect();
        for name in &names {
            header.extend(["seen", "agree_percent", "disagree_percent"].map(|column| format!("{name}_{column}")));
        }
        let mut sheet = Sheet::new(&header);
        for row in &self.all {
            let mut fields = vec![row.statement.to_string(), row.text.clone()];
            let Tally { agree, disagree, pass } = row.everyone.unwrap_or_default();
            let counts = [agree + disagree + pass, agree, disagree, pass];
            fields.extend(counts.map(|count| row.everyone.map(|_| count.to_string()).unwrap_or_default()));
            for percent in
                [row.common_ground_percent, row.group_informed_percent, row.common_ground_of_perspectives_percent]
            {
                fields.extend([0, 1].map(|way| percent.map(|both| both[way].to_string()).unwrap_or_default()));
            }
            for (parts, count) in [(&row.groups, self.group_sizes.len()), (&row.perspectives, self.perspectives.len())]
            {
                for at in 0..count {
                    let part = parts.as_ref().and_then(|parts| parts.get(at));
                    let numbers = part.map(|part| [part.seen, part.agree_percent, part.disagree_percent]);
                    fields.extend((0..3).map(|i| numbers.map(|n| n[i].to_string()).unwrap_or_default()));
                }
            }
            sheet.row(fields);
        }
        sheet.text()
    }

    /// The whole report.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

/// Let perspectives of fewer than eleven voters stand together, with the next smallest until they are eleven; the few of a
/// conversation in which even that does not help have none.
fn pool(conversation: &mut Conversation) {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for name in conversation.people.keys().filter_map(|person| conversation.perspectives.get(person)) {
        *sizes.entry(name.clone()).or_default() += 1;
    }
    let mut by_size: Vec<(usize, String)> = sizes.into_iter().map(|(name, size)| (size, name)).collect();
    by_size.sort();
    let mut together = 0;
    let small: Vec<String> = by_size
        .into_iter()
        .take_while(|(size, _)| {
            let joins = *size < SMALL || (together > 0 && together < SMALL);
            together += if joins { *size } else { 0 };
            joins
        })
        .map(|(_, name)| name)
        .collect();
    if together < SMALL {
        conversation.perspectives.retain(|_, name| !small.contains(name));
    } else {
        let few = conversation.perspectives.values_mut().filter(|name| small.contains(name));
        few.for_each(|name| FEW.clone_into(name));
    }
}

/// The parts of a statement's votes that may be shown.
type Cut = fn(&Standing) -> Option<&[Tally]>;

/// A cut of two parts or more, each of at least eleven votes; or none.
fn whole(parts: &[Tally]) -> Option<&[Tally]> {
    (parts.len() > 1 && parts.iter().all(|tally| tally.seen() as usize >= SMALL)).then_some(parts)
}

fn parts(tallies: &[Tally]) -> Vec<Part> {
    let part = |tally: &Tally| Part {
        seen: to_five(tally.seen() as usize) as u32,
        agree_percent: of_seen(tally, Choice::Agree),
        disagree_percent: of_seen(tally, Choice::Disagree),
    };
    tallies.iter().map(part).collect()
}

/// Statements that more than half of every part chose alike, highest common ground first.
fn shared(opinion: &Opinion, cut: Cut, text: &dyn Fn(u64) -> String) -> Vec<Shared> {
    let mut found: Vec<(f64, Shared)> = vec![];
    for standing in opinion.ranked() {
        let Some(parts) = cut(standing) else { continue };
        for direction in [Choice::Agree, Choice::Disagree] {
            if parts.iter().all(|tally| tally.of(direction) * 2 > tally.seen()) {
                let value = common_ground(parts, direction);
                let shared = Shared {
                    statement: standing.statement,
                    text: text(standing.statement),
                    direction,
                    common_ground_percent: percent(value),
                    least_percent: parts.iter().map(|tally| of_seen(tally, direction)).min().unwrap_or(0),
                };
                found.push((value, shared));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, shared)| shared).take(opinion.options.pick * 2).collect()
}

fn known(opinion: &Opinion, told: &Representative, group: usize, text: &dyn Fn(u64) -> String) -> Option<Known> {
    let statement = told.backed.statement;
    let standing = opinion.standings.iter().find(|standing| standing.statement == statement)?;
    let others = standing.groups.iter().enumerate().filter(|(other, _)| *other != group);
    let others = others.fold(Tally::default(), |sum, (_, tally)| sum + *tally);
    Some(Known {
        statement,
        text: text(statement),
        direction: told.backed.direction,
        here_percent: of_seen(&standing.groups[group], told.backed.direction),
        elsewhere_percent: of_seen(&others, told.backed.direction),
    })
}

fn in_words(opinion: &Opinion) -> String {
    let placed = count(opinion.placed, "person has", "people have");
    match opinion.not_yet {
        Some(NotYet::FewPeople) => format!("Too few people to see groups yet: {placed} voted on enough statements."),
        Some(NotYet::NoGroups) => {
            "No groups: people do not differ enough to be parted into groups of eleven or more.".to_owned()
        }
        Some(NotYet::FewVotes) => format!(
            "Too few votes to see groups yet: {}% of the map would come back had people met other statements.",
            percent(opinion.firmness.repeatability)
        ),
        Some(NotYet::Unsteady) => format!(
            "Too few people to see groups yet: the groups change when a fifth of the people leave (likeness {:.2} of 1).",
            opinion.firmness.mean_likeness
        ),
        None => {
            let Firmness { mean_likeness, worst_likeness, repeatability, .. } = &opinion.firmness;
            let sizes: Vec<String> = opinion.group_sizes().into_iter().map(|size| to_five(size).to_string()).collect();
            format!(
                "{} groups, of about {} people. When a fifth of the people leave, the groups stay alike by {mean_likeness:.2} of 1 \
                 (at worst {worst_likeness:.2}); {}% of the map would come back had people met other statements.",
                sizes.len(),
                sizes.join(", "),
                percent(*repeatability)
            )
        }
    }
}

fn both(value: impl Fn(Choice) -> f64) -> [u32; 2] {
    [Choice::Agree, Choice::Disagree].map(|way| percent(value(way)))
}

fn percent(share: f64) -> u32 {
    (share * 100.0).round() as u32
}

fn of_seen(tally: &Tally, choice: Choice) -> u32 {
    percent(f64::from(tally.of(choice)) / f64::from(tally.seen().max(1)))
}

/// People to the nearest five; those that may just be told are eleven, so that no cut reads as if it were of fewer.
fn to_five(number: usize) -> usize {
    ((number + 2) / 5 * 5).max(number.min(SMALL))
}

fn letter(group: usize) -> char {
    char::from(b'A' + group as u8)
}

fn way(direction: Choice) -> &'static str {
    match direction {
        Choice::Agree => "for",
        Choice::Disagree => "against",
        Choice::Pass => "passed",
    }
}

/// The words of a statement on one short line, without what would steer a terminal; its number where they are not known.
fn words(statement: u64, text: &str) -> String {
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    let plain = || text.chars().filter(|letter| !letter.is_control());
    let mut words: String = plain().take(300).collect();
    if plain().nth(300).is_some() {
        words.push('…');
    }
    if words.is_empty() { format!("statement {statement}") } else { words }
}

fn count(number: usize, one: &str, more: &str) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    format!("{shown} {}", if number == 1 { one } else { more })
}
