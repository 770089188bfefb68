//! What pages are told where people talk, decide and act: what each choice would do, what is agreed on and where groups differ,
//! where members stand, the wording of a decision, what was expected beside what came, the shared story, air time, answers,
//! plans, rocks, money and trust.
//!
//! As everywhere, values have public fields and each picture has a table of the same values. No value here holds a person's
//! name: a statement is by a role and a place, and a count of few people is `None` before it comes here.
//!
//! ```
//! use show::{Picture, Position, Stand, Stands};
//! let stand = |member: &str, position| Stand { member: member.into(), position, ..Stand::default() };
//! let members = vec![stand("Adult social care", Position::Supports("B".into())), stand("Care homes", Position::Silent)];
//! let stands = Stands { members, ..Stands::default() };
//! assert_eq!(stands.count(), "1 of 2 have said.");
//! assert!(Picture::Stands(stands).table().unwrap().to_csv().contains("Care homes,Not yet said,"));
//! ```

use crate::number::{Unit, plural};
use crate::table::{Cell, Table};
use crate::view::{Better, Figure, Form, Interval, Intervals, Link, Missing, Signal};

/// Where a question is on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stages {
    /// "Asked", "Heard", "Tried", "Weighing", "Decided", "Reviewed"
    pub names: Vec<String>,
    /// Which of them it is in, from 0; those before it are done. As many as there are names: all are done.
    pub at: usize,
    /// What the next one waits for, in words, one each.
    pub waits_for: Vec<String>,
    /// Those that were passed over, from 0, each with what was left out: "carers were never heard".
    pub skipped: Vec<(usize, String)>,
    /// Where to go on from here: what took its place, where a reader says where it stands.
    pub links: Vec<Link>,
}

impl Stages {
    /// The six stages of a question.
    pub const QUESTION: [&str; 6] = ["Asked", "Heard", "Tried", "Weighing", "Decided", "Reviewed"];

    /// "done", "not done" where it was passed over, "here" or "to come".
    pub fn word(&self, stage: usize) -> &'static str {
        match stage.cmp(&self.at) {
            _ if self.skipped.iter().any(|skipped| skipped.0 == stage) => "not done",
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "here",
            std::cmp::Ordering::Greater => "to come",
        }
    }

    /// What the next stage waits for, in one sentence; nothing where it waits for nothing.
    pub fn waits(&self) -> String {
        if self.waits_for.is_empty() { String::new() } else { format!("Waits for {}.", listed(&self.waits_for)) }
    }

    /// What was passed over, in one sentence; nothing where nothing was.
    pub fn left_out(&self) -> String {
        let all: Vec<String> = self.skipped.iter().map(|skipped| skipped.1.clone()).collect();
        if all.is_empty() { String::new() } else { format!("{}.", crate::chart::sentence(&listed(&all))) }
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(["stage", "standing", "waits_for", "left_out"]);
        for (i, name) in self.names.iter().enumerate() {
            let waits = if i == self.at + 1 { self.waits_for.join("; ") } else { String::new() };
            let left: Vec<&str> = self.skipped.iter().filter(|one| one.0 == i).map(|one| one.1.as_str()).collect();
            table.push([name.as_str().into(), self.word(i).into(), waits.into(), left.join("; ").into()]);
        }
        table
    }
}

/// What each choice would do. A column that no choice has anything in is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// Its name.
    pub id: String,
    /// The finding; may be empty where the panel's title says it.
    pub title: String,
    /// How it was found: "Whole-system simulation, 1,000 winters for each choice with the same random numbers."
    pub definition: String,
    /// What the effect is, and what is drawn: "Bed days freed a week", "middle and 90% range".
    pub effect: (String, String),
    /// Which way the effect is better.
    pub better: Better,
    /// What may get worse, and of what: "Worse winter than last", "in 100 winters".
    pub worse: (String, String),
    /// What changes place by place: "Days waiting to go home, by place", "change from today".
    pub places: (String, String),
    /// Which way that is better.
    pub places_better: Better,
    /// What the poorest fifth gets: "Poorest fifth", "share for each person, 1 is equal".
    pub poorest: (String, String),
    /// In their order; to change nothing is shown last.
    pub rows: Vec<Alternative>,
}

/// One of the [`Choices`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alternative {
    /// "A"; empty is a dash: to change nothing.
    pub letter: String,
    /// "Go where the wait is"
    pub title: String,
    /// "Money follows days waiting, monthly"
    pub detail: String,
    /// Whether most support it, or it was decided.
    pub chosen: bool,
    /// Its effect, with the range it lies in.
    pub effect: Option<Figure>,
    /// How often of 100 it would get worse.
    pub worse: Option<Figure>,
    /// The change of each place; the same places in the same order in every row.
    pub places: Vec<(String, Figure)>,
    /// The share of the poorest fifth.
    pub poorest: Option<Figure>,
    /// The same in words: "gain 1.23 times as much".
    pub poorest_words: String,
    /// How many members support it; `None` while it is not told.
    pub support: Option<u64>,
    /// Who gains by it: organisations, places, the poorest fifth.
    pub gains: Vec<String>,
    /// Who loses by it.
    pub loses: Vec<String>,
    /// Effects that no column shows, in words: "Twelve hours in emergency −2.4% (−4 to −0.8)".
    pub also: Vec<String>,
    /// Its page: the run that tried it.
    pub href: Option<String>,
}

impl Alternative {
    /// Whether anybody has tried what it would do.
    pub fn tried(&self) -> bool {
        self.effect.is_some() || self.worse.is_some() || self.poorest.is_some() || !self.places.is_empty()
    }

    /// "The poorest fifth and every place but Eastbrook gain. Eastbrook loses.", or nothing where nobody is known to.
    pub fn told(&self) -> String {
        let said = |who: &[String], one: &str, many: &str| {
            let (who, least) = self.gathered(who);
            match who.as_slice() {
                [] => String::new(),
                [only] => format!("{} {one}{least}.", crate::chart::sentence(only)),
                all => format!("{} {many}{least}.", crate::chart::sentence(&listed(all))),
            }
        };
        let told = [said(&self.gains, "gains", "gain"), said(&self.loses, "loses", "lose")];
        told.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Names as they are said together: places that are all of those known, or all but one or two, are not named one by one; with the
    /// one that has least of it.
    fn gathered(&self, who: &[String]) -> (Vec<String>, String) {
        let is_place = |name: &String| self.places.iter().any(|place| place.0 == *name);
        let many = who.iter().filter(|name| is_place(name)).count();
        let left: Vec<String> = self.places.iter().map(|place| place.0.clone()).filter(|n| !who.contains(n)).collect();
        if many < 3 || left.len() > 2 {
            return (who.to_vec(), String::new());
        }
        let others = who.iter().filter(|name| !is_place(name)).cloned();
        let every =
            if left.is_empty() { "every place".to_owned() } else { format!("every place but {}", listed(&left)) };
        let size = |place: &&(String, Figure)| place.1.value.unwrap_or(0.0).abs();
        let least = self.places.iter().min_by(|a, b| size(a).total_cmp(&size(b))).filter(|_| left.is_empty());
        (others.chain([every]).collect(), least.map_or(String::new(), |place| format!(", {} least", place.0)))
    }

    /// What the poorest fifth has of it, in words.
    pub fn poorest_said(&self) -> String {
        match &self.poorest {
            Some(_) if !self.poorest_words.is_empty() => self.poorest_words.clone(),
            Some(figure) => figure.say(),
            None => String::new(),
        }
    }

    /// Its letter, or a dash for what changes nothing.
    pub fn mark(&self) -> &str {
        if self.letter.is_empty() { "–" } else { &self.letter }
    }
}

impl Choices {
    /// In the order in which they are read: to change nothing is last.
    pub fn sorted(&self) -> Vec<&Alternative> {
        let mut rows: Vec<&Alternative> = self.rows.iter().collect();
        rows.sort_by_key(|row| row.letter.is_empty());
        rows
    }

    /// Places that any row tells of, in the order in which they first come.
    pub fn named_places(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.rows.iter().flat_map(|row| &row.places) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// One row for each choice; a column for each place.
    pub(crate) fn table(&self) -> Table {
        let places = self.named_places();
        let head = ["option", "title", "chosen", "effect", "range_from", "range_to", "unit", "worse_in_100"];
        let head = head.into_iter().map(str::to_owned).chain(places.iter().map(|name| format!("change: {name}")));
        let tail = ["poorest_fifth", "support", "gains", "loses", "missing"].map(str::to_owned);
        let mut table = Table::new(head.chain(tail));
        let value = |f: Option<&Figure>| f.map_or(Cell::Missing, |f| Cell::of(f.value, &f.unit));
        for row in self.sorted() {
            let effect = row.effect.as_ref();
            let bound =
                |of: fn((f64, f64)) -> f64| effect.map_or(Cell::Missing, |f| Cell::of(f.range.map(of), &f.unit));
            let mut cells: Vec<Cell> = vec![
                row.mark().into(),
                row.title.as_str().into(),
                if row.chosen { "yes" } else { "" }.into(),
                value(effect),
                bound(|r| r.0),
                bound(|r| r.1),
                effect.map_or("", |f| f.unit.code()).into(),
                value(row.worse.as_ref()),
            ];
            let of = |name: &&str| row.places.iter().find(|p| p.0 == **name).map(|p| &p.1);
            cells.extend(places.iter().map(|name| value(of(name))));
            let untried = if row.tried() { "" } else { "not tried yet" };
            let missing = effect.filter(|f| f.value.is_none()).map_or(untried, |f| f.missing.words());
            cells.extend([
                value(row.poorest.as_ref()),
                row.support.into(),
                row.gains.join("; ").into(),
                row.loses.join("; ").into(),
                missing.into(),
            ]);
            table.push(cells);
        }
        table
    }
}

impl Choices {
    /// One row for each choice as people read it, for paper: places in one cell, who gains and who loses in another.
    pub(crate) fn brief(&self) -> Table {
        let row = |row: &Alternative| -> [String; 7] {
            let chosen = if row.chosen { " (chosen)" } else { "" };
            let range = |f: &Figure| match (f.value, f.range) {
                (Some(v), Some((l, h))) => {
                    let scale = f.unit.scale(v);
                    format!("{} ({} to {})", f.say(), scale.number(l.min(h)), scale.number(h.max(l)))
                }
                _ => f.say(),
            };
            let effect =
                if row.tried() { row.effect.as_ref().map_or(String::new(), range) } else { "not tried yet".into() };
            let places: Vec<String> =
                row.places.iter().map(|(name, f)| format!("{name} {}", crate::chart::change_said(f))).collect();
            [
                format!("{} {}{chosen}", row.mark(), row.title),
                effect,
                row.worse.as_ref().map_or(String::new(), Figure::say),
                places.join(", "),
                row.poorest_said(),
                row.support.map_or(String::new(), crate::number::count),
                [vec![row.told()], row.also.clone()].concat().join(" ").trim().to_owned(),
            ]
        };
        let worse = format!("{} {}", self.worse.0, self.worse.1);
        let head = [
            "choice",
            &self.effect.0,
            worse.trim(),
            &self.places.0,
            &self.poorest.0,
            "support",
            "who gains and who loses",
        ];
        let mut table = Table::new(head);
        for choice in self.sorted() {
            table.push(row(choice).map(Cell::from));
        }
        table
    }
}

/// What was said in a conversation: what all agree on, and where groups differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ground {
    /// Its name.
    pub id: String,
    /// How many voted.
    pub people: u64,
    /// How many statements there are.
    pub statements: u64,
    /// How many votes.
    pub votes: u64,
    /// How firm the groups are, in words: "The groups hold when one in five leaves." May be empty.
    pub firm: String,
    /// Why no groups are shown: "Too few votes to see groups yet", and what it would take. `None` where they are.
    pub not_yet: Option<String>,
    /// "Common ground, across both groups", "Where we differ", with the statements under each.
    pub parts: Vec<(String, Vec<Quote>)>,
}

/// A statement, as it was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quote {
    /// Its words, without quotation marks.
    pub text: String,
    /// The language that they are in, as in HTML: "en", "ar"; empty is English.
    pub lang: String,
    /// "Ward sister, Eastbrook": a role and a place, never a name.
    pub by: String,
    /// How each group voted, in the same order everywhere.
    pub splits: Vec<Split>,
    /// Beside it: "All groups agree, 84 in 100 or more"; may be empty.
    pub note: String,
    /// The same in other languages.
    pub translations: Vec<Translated>,
    /// Its page.
    pub href: Option<String>,
}

/// A statement in another language than its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// "Welsh", in the language of the page.
    pub language: String,
    /// The language as in HTML: "cy".
    pub lang: String,
    /// Its words, without quotation marks.
    pub text: String,
}

impl Translated {
    /// "In Welsh: “Neb i aros”"
    pub fn say(&self) -> String {
        format!("In {}: “{}”", self.language, self.text)
    }
}

/// How one group voted on a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// "Group 1", "People who care for someone"
    pub group: String,
    /// Agree, unsure and disagree, of 100; `None` where too few voted to tell.
    pub of_100: Option<[u32; 3]>,
    /// How many of the group voted, as far as it may be told.
    pub voted: u64,
}

impl Split {
    /// "80 agree, 12 unsure, 8 disagree of 100"
    pub fn say(&self) -> String {
        self.of_100.map_or(Missing::Suppressed.words().to_owned(), |[agree, unsure, disagree]| {
            format!("{agree} agree, {unsure} unsure, {disagree} disagree of 100")
        })
    }
}

impl Ground {
    /// "46 people, 31 statements, 1,104 votes."
    pub fn counts(&self) -> String {
        let of = |n: u64, noun: &str| plural(n as usize, noun);
        let people = if self.people == 1 {
            "1 person".to_owned()
        } else {
            format!("{} people", crate::number::count(self.people))
        };
        format!("{people}, {}, {}.", of(self.statements, "statement"), of(self.votes, "vote"))
    }

    /// One row for each statement, for paper: its number, its words, and a column for each group.
    pub(crate) fn brief(&self) -> Table {
        let mut groups: Vec<&str> = Vec::new();
        for split in self.parts.iter().flat_map(|part| &part.1).flat_map(|quote| &quote.splits) {
            if !groups.contains(&split.group.as_str()) {
                groups.push(&split.group);
            }
        }
        let head = ["", "statement", "who said it"].into_iter().chain(groups.iter().copied());
        let mut table = Table::new(head);
        let mut told: Vec<&str> = Vec::new();
        for (part, quotes) in &self.parts {
            for quote in quotes {
                if told.contains(&quote.text.as_str()) {
                    continue;
                }
                told.push(&quote.text);
                let of = |group: &&str| {
                    let split = quote.splits.iter().find(|split| split.group == **group);
                    split.map_or(Cell::from(""), |split| match split.of_100 {
                        Some([agree, _, disagree]) => Cell::Text(format!("{agree}% agree, {disagree}% disagree")),
                        None => Cell::from(Missing::Suppressed.words()),
                    })
                };
                let own: [Cell; 3] =
                    [told.len().into(), Cell::Text(format!("“{}” ({part})", quote.text)), quote.by.as_str().into()];
                table.push(own.into_iter().chain(groups.iter().map(of)));
            }
        }
        table
    }

    pub(crate) fn table(&self) -> Table {
        let head = [
            "part",
            "statement",
            "by",
            "group",
            "agree_percent",
            "unsure_percent",
            "disagree_percent",
            "voted",
            "note",
            "missing",
        ];
        let mut table = Table::new(head);
        for (part, quotes) in &self.parts {
            for quote in quotes {
                let none = [Split { voted: 0, ..Split::default() }];
                let translations = quote.translations.iter().map(Translated::say);
                let note = translations.chain([quote.note.clone()]).filter(|said| !said.is_empty());
                let note = note.collect::<Vec<_>>().join(" ");
                let splits = if quote.splits.is_empty() { &none[..] } else { &quote.splits[..] };
                for split in splits {
                    let of = |i: usize| Cell::of(split.of_100.map(|s| f64::from(s[i])), &Unit::Percent);
                    let hidden = split.of_100.is_none() && !quote.splits.is_empty();
                    table.push([
                        part.as_str().into(),
                        quote.text.as_str().into(),
                        quote.by.as_str().into(),
                        split.group.as_str().into(),
                        of(0),
                        of(1),
                        of(2),
                        if split.of_100.is_some() { split.voted.into() } else { Cell::Missing },
                        note.as_str().into(),
                        if hidden { Missing::Suppressed.words() } else { "" }.into(),
                    ]);
                }
            }
        }
        table
    }
}

/// Where members stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stands {
    /// Its name.
    pub id: String,
    /// In the order in which they are shown. Of a sealed vote nothing but who has voted is known here.
    pub members: Vec<Stand>,
    /// Of a sealed vote: when it opens, "Thursday 20 November at 17:00". Nothing of it is shown before.
    pub sealed: Option<String>,
    /// Beside the count: "quorum is 8, with one of each statutory partner"; may be empty.
    pub note: String,
}

/// One member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// An organisation or a seat: "Adult social care"
    pub member: String,
    /// Where it stands.
    pub position: Position,
    /// What it adds, or its reason.
    pub note: String,
    /// Its page.
    pub href: Option<String>,
}

/// Where a member stands; the words are those of the option: "B".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Position {
    /// It supports it.
    Supports(String),
    /// It can live with it.
    CanLiveWith(String),
    /// It has a concern, and `note` says why.
    Concern(String),
    /// It would rather have another.
    Prefers(String),
    /// It voted under a seal.
    Voted,
    /// It takes no part: an interest, or a seat without a vote.
    Apart(String),
    /// It has not said.
    #[default]
    Silent,
}

impl Position {
    /// "Supports B"
    pub fn say(&self) -> String {
        let of =
            |words: &str, what: &str| [words, what].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
        match self {
            Position::Supports(what) => of("Supports", what),
            Position::CanLiveWith(what) => of("Can live with", what),
            Position::Concern(what) => of("Concern about", what),
            Position::Prefers(what) => of("Prefers", what),
            Position::Voted => "Voted, sealed".to_owned(),
            Position::Apart(why) => why.clone(),
            Position::Silent => "Not yet said".to_owned(),
        }
    }
}

impl Stands {
    /// What may be shown: of a sealed vote, only whether a member has voted.
    pub fn shown(&self) -> Vec<Stand> {
        let seal = |stand: &Stand| match &stand.position {
            Position::Silent | Position::Voted | Position::Apart(_) => stand.clone(),
            _ => Stand { position: Position::Voted, note: String::new(), ..stand.clone() },
        };
        if self.sealed.is_some() { self.members.iter().map(seal).collect() } else { self.members.clone() }
    }

    /// "Votes are sealed until Thursday 20 November at 17:00. Until then nobody can see them.", or nothing.
    pub fn opens(&self) -> String {
        let sealed = |when: &String| format!("Votes are sealed until {when}. Until then nobody can see them.");
        self.sealed.as_ref().map_or(String::new(), sealed)
    }

    /// Where a member stands, in words.
    pub fn word(&self, stand: &Stand) -> String {
        match (&stand.position, &self.sealed) {
            (Position::Silent, Some(_)) => "Not yet voted".to_owned(),
            (Position::Voted, None) => "Voted".to_owned(),
            (position, _) => position.say(),
        }
    }

    /// "10 of 12 have said."
    pub fn count(&self) -> String {
        let of: Vec<&Stand> = self.members.iter().filter(|m| !matches!(m.position, Position::Apart(_))).collect();
        let said = of.iter().filter(|m| m.position != Position::Silent).count();
        let verb = if said == 1 && of.len() == 1 { "has" } else { "have" };
        format!("{said} of {} {verb} {}.", of.len(), if self.sealed.is_some() { "voted" } else { "said" })
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(["member", "position", "note"]);
        for stand in self.shown() {
            let word = self.word(&stand);
            table.push([stand.member.into(), word.into(), stand.note.into()]);
        }
        table
    }
}

/// A decision, as it would be recorded or was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wording {
    /// Its name.
    pub id: String,
    /// "Draft 3, by the flow lead. Nothing is decided until members agree this wording.", or "Recorded on 20 November 2025.
    /// Nothing can change it."
    pub note: String,
    /// Whether it is recorded.
    pub recorded: bool,
    /// What took its place, or it the place of: "Superseded by …".
    pub links: Vec<Link>,
    /// Earlier wordings, the newest first, each with what the next one changed in it.
    pub earlier: Vec<Earlier>,
    /// "We will", "We expect", "We will stop or change if", "Who and when": read by everybody.
    pub clauses: Vec<Clause>,
    /// Level, right, rule, equality, interests: small, under them.
    pub more: Vec<Clause>,
    /// Perspectives that must be heard and were not: each a gap that everybody sees.
    pub not_heard: Vec<String>,
    /// Why it could not wait for them; may be empty.
    pub could_not_wait: String,
    /// What is still missing before it can be recorded, each in words.
    pub missing: Vec<String>,
    /// What a reader may do with it; may be none.
    pub acts: Vec<Act>,
}

/// An earlier wording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// "Draft 1, by the flow lead on 1 November 2025"
    pub title: String,
    /// What the next wording made of its sentences, one each.
    pub changed: Vec<Vec<crate::words::Piece>>,
    /// What it was changed because of.
    pub because: Vec<Link>,
}

/// One part of a [`Wording`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clause {
    /// "We will stop or change if"
    pub title: String,
    /// Its sentences, one each; none is a part that is not written yet.
    pub lines: Vec<String>,
    /// What it rests on.
    pub links: Vec<Link>,
}

impl Clause {
    /// A title and its sentences.
    pub fn new(title: impl Into<String>, lines: impl IntoIterator<Item = impl Into<String>>) -> Clause {
        let lines = lines.into_iter().map(Into::into).filter(|l: &String| !l.is_empty()).collect();
        Clause { title: title.into(), lines, links: vec![] }
    }
}

impl Wording {
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(["part", "words"]);
        let mut push = |part: &str, words: &str| table.push([part.into(), words.into()]);
        push("State", &self.note);
        for clause in self.clauses.iter().chain(&self.more) {
            if clause.lines.is_empty() {
                push(&clause.title, "not written yet");
            }
            clause.lines.iter().for_each(|line| push(&clause.title, line));
        }
        self.not_heard.iter().for_each(|who| push("Not heard", who));
        if !self.could_not_wait.is_empty() {
            push("Why it could not wait", &self.could_not_wait);
        }
        self.missing.iter().for_each(|what| push("Still missing", what));
        self.links.iter().for_each(|link| push("See", &link.words));
        table
    }
}

/// What was expected beside what came, and whether a stop rule has rung.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Its name.
    pub id: String,
    /// The finding: "Fewer bed days freed than expected".
    pub title: String,
    /// What is drawn.
    pub definition: String,
    /// Each prediction.
    pub rows: Vec<Prediction>,
    /// Each stop rule.
    pub bells: Vec<Bell>,
}

/// One prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// "Middle wait for home care"
    pub name: String,
    /// What it was before.
    pub before: Option<f64>,
    /// What was expected, with its range.
    pub expected: Figure,
    /// What came, in the same unit; without a value while it is not known.
    pub actual: Figure,
    /// When that was, where the day of the prediction is past: "in the four weeks to 14 September 2025"; empty before.
    pub when: String,
    /// What it is now, where that is later.
    pub now: Option<f64>,
    /// Which way is better.
    pub better: Better,
    /// "by 12 January 2026"; may be empty.
    pub by: String,
    /// "3.4 days: as expected."
    pub sentence: String,
    /// Its measure's page.
    pub href: Option<String>,
}

/// A stop rule and how it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bell {
    /// "The wait has not moved below 4.4 days after six weeks"
    pub words: String,
    /// How it stands.
    pub state: Ring,
    /// Its measure's page.
    pub href: Option<String>,
}

/// How a stop rule stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ring {
    /// Nothing is known yet.
    #[default]
    Unknown,
    /// All is well.
    Quiet,
    /// It holds, and not yet for long enough: so many of so many periods.
    Counting(u32, u32),
    /// It rang on this day.
    Rang(String),
}

impl Ring {
    /// "quiet", "counting, 1 of 2", "rang on 12 January"
    pub fn say(&self) -> String {
        match self {
            Ring::Unknown => "not known yet".to_owned(),
            Ring::Quiet => "quiet".to_owned(),
            Ring::Counting(n, of) => format!("counting, {n} of {of}"),
            Ring::Rang(since) if since.is_empty() => "it rang".to_owned(),
            Ring::Rang(since) => format!("rang on {since}"),
        }
    }
}

impl Bell {
    /// "We stop or change if carers report more strain: quiet."
    pub fn say(&self) -> String {
        format!("We stop or change if {}: {}.", self.words.trim_end_matches('.'), self.state.say())
    }
}

impl Prediction {
    /// "Middle wait for home care, by 12 January 2026: as expected."
    pub fn say(&self) -> String {
        let by = if self.by.is_empty() { String::new() } else { format!(", {}", self.by) };
        let said = if self.sentence.is_empty() { self.actual.say() } else { self.sentence.clone() };
        format!("{}{by}: {}.", self.name, said.trim_end_matches('.'))
    }

    /// How it turned out: better or worse than its range, or within it; ordinary where nobody knows, and before its day.
    pub fn signal(&self) -> Signal {
        let (Some(actual), Some((low, high))) = (self.actual.value, self.expected.range) else {
            return Signal::Ordinary;
        };
        if self.when.is_empty() {
            return Signal::Ordinary;
        }
        let (below, above) = (actual < low.min(high), actual > low.max(high));
        match self.better {
            _ if !below && !above => Signal::Ordinary,
            Better::Neither => Signal::Change,
            Better::Lower if below => Signal::Improvement,
            Better::Higher if above => Signal::Improvement,
            Better::Lower | Better::Higher => Signal::Concern,
        }
    }
}

impl Expected {
    pub(crate) fn table(&self) -> Table {
        let head = [
            "what",
            "before",
            "predicted",
            "range_from",
            "range_to",
            "actual",
            "when",
            "now",
            "unit",
            "by",
            "finding",
            "missing",
        ];
        let mut table = Table::new(head);
        for row in &self.rows {
            let unit = &row.expected.unit;
            let of = |value: Option<f64>| Cell::of(value, unit);
            table.push([
                row.name.as_str().into(),
                of(row.before),
                of(row.expected.value),
                of(row.expected.range.map(|r| r.0)),
                of(row.expected.range.map(|r| r.1)),
                of(row.actual.value),
                row.when.as_str().into(),
                of(row.now),
                unit.code().into(),
                row.by.as_str().into(),
                row.sentence.as_str().into(),
                if row.actual.value.is_none() { row.actual.missing.words() } else { "" }.into(),
            ]);
        }
        for bell in &self.bells {
            let empty = || Cell::from("");
            table.push([
                bell.words.as_str().into(),
                Cell::Missing,
                Cell::Missing,
                Cell::Missing,
                Cell::Missing,
                Cell::Missing,
                empty(),
                Cell::Missing,
                empty(),
                empty(),
                bell.state.say().into(),
                empty(),
            ]);
        }
        table
    }
}

/// Sentences that hang on each other: the shared story (why, how, what, target, fact), or a driver diagram (aim, drivers, steps).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// Its name.
    pub id: String,
    /// What each depth is called, where they stand in columns beside each other as in a driver diagram: "Aim", "Primary drivers",
    /// "Secondary drivers", "Steps". None: a quiet list, each line under the one it hangs on.
    pub columns: Vec<String>,
    /// Those that hang on nothing.
    pub lines: Vec<Line>,
}

/// One sentence, and what hangs on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// "Why", "How", "What", "Target", "Fact"; may be empty.
    pub kind: String,
    /// What it says.
    pub words: String,
    /// Its page.
    pub href: Option<String>,
    /// "version 3, since 12 May 2025"; may be empty.
    pub since: String,
    /// What changed it, or what it rests on.
    pub because: Vec<Link>,
    /// The measure that it is tied to, and what is aimed for: "4.9 days", "below 3.5 days by March".
    pub measure: Option<(Figure, String)>,
    /// How it stands.
    pub standing: Standing,
    /// What hangs on it.
    pub under: Vec<Line>,
}

/// How a line stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nothing to be said of it.
    #[default]
    None,
    /// Nobody has said yet whether it is so.
    Open,
    /// All agree.
    Agreed,
    /// Somebody does not: who, and why.
    Disputed(String),
    /// Nobody has looked at it since this day.
    Stale(String),
    /// Hangs on nothing, or has no measure or owner: what it lacks.
    Lacks(String),
}

impl Standing {
    /// "Agreed", "Disputed by Eastbrook District Hospital", "Stale since May 2024"
    pub fn say(&self) -> String {
        match self {
            Standing::None => String::new(),
            Standing::Open => "Not yet agreed".to_owned(),
            Standing::Agreed => "Agreed".to_owned(),
            Standing::Disputed(by) if by.is_empty() => "Disputed".to_owned(),
            Standing::Disputed(by) => format!("Disputed by {by}"),
            Standing::Stale(since) if since.is_empty() => "Stale".to_owned(),
            Standing::Stale(since) => format!("Stale since {since}"),
            Standing::Lacks(what) => format!("Lacks {what}"),
        }
    }
}

impl Lines {
    /// Every line with its depth from 0, each before those that hang on it.
    pub fn each(&self) -> Vec<(usize, &Line)> {
        fn walk<'a>(lines: &'a [Line], depth: usize, told: &mut Vec<(usize, &'a Line)>) {
            for line in lines {
                told.push((depth, line));
                walk(&line.under, depth + 1, told);
            }
        }
        let mut told = Vec::new();
        walk(&self.lines, 0, &mut told);
        told
    }

    /// One row for each line as people read it, for paper: what it aims for in one cell, how it stands in another.
    pub(crate) fn brief(&self) -> Table {
        let mut table = Table::new(["kind", "line", "now", "aim", "how it stands", "because of"]);
        let has_aims = self.each().iter().any(|(_, line)| line.measure.is_some());
        for (depth, line) in self.each() {
            let kind =
                if line.kind.is_empty() { self.columns.get(depth).map_or("", String::as_str) } else { &line.kind };
            let (now, aim) = line.measure.as_ref().map_or_else(Default::default, |(f, aim)| (f.say(), aim.as_str()));
            let stands = [line.standing.say(), line.since.clone()];
            let stands: Vec<String> = stands.into_iter().filter(|said| !said.is_empty()).collect();
            // where numbers stand there is no room for causes
            let causes = line.because.iter().filter(|_| !has_aims).map(|cause| cause.words.as_str());
            let causes = causes.collect::<Vec<_>>().join("; ");
            table.push([kind, &line.words, &now, aim, &stands.join(", "), &causes].map(Cell::from));
        }
        // a column that nothing stands in is left out
        let bare: Vec<String> = (2..6)
            .filter(|i| table.rows.iter().all(|row| row.get(*i) == Some(&Cell::from(""))))
            .filter_map(|i| table.headers.get(i).cloned())
            .collect();
        table.without(&bare.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new([
            "depth", "kind", "line", "since", "because", "value", "unit", "target", "standing", "missing", "evidence",
        ]);
        for (depth, line) in self.each() {
            let because: Vec<&str> = line.because.iter().map(|l| l.words.as_str()).collect();
            let figure = line.measure.as_ref().map(|m| &m.0);
            let kind =
                if line.kind.is_empty() { self.columns.get(depth).map_or("", String::as_str) } else { &line.kind };
            table.push([
                (depth + 1).into(),
                kind.into(),
                line.words.as_str().into(),
                line.since.as_str().into(),
                because.join("; ").into(),
                figure.map_or(Cell::Missing, |f| Cell::of(f.value, &f.unit)),
                figure.map_or("", |f| f.unit.code()).into(),
                line.measure.as_ref().map_or("", |m| m.1.as_str()).into(),
                line.standing.say().into(),
                figure.filter(|f| f.value.is_none()).map_or("", |f| f.missing.words()).into(),
                line.href.as_deref().unwrap_or_default().into(),
            ]);
        }
        table
    }
}

/// Air time: the share of each voice beside its fair share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// Its name.
    pub id: String,
    /// The finding: "Social care has a third of its share".
    pub title: String,
    /// What is counted, and what a fair share is.
    pub definition: String,
    /// "statements", "votes", "evidence", "minutes"
    pub kinds: Vec<String>,
    /// Each sector or perspective.
    pub voices: Vec<Voice>,
}

/// One voice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Voice {
    /// "Social care", "People who care for someone"
    pub name: String,
    /// Its fair share, in percent; 0 where nothing says what would be fair.
    pub fair: f64,
    /// Its share of each kind, in percent; `None` where it may not be told.
    pub shares: Vec<Option<f64>>,
    /// Whether it must be heard.
    pub must: bool,
    /// Whether votes of it are told only together with those of other voices: its share of votes is then not judged.
    pub few: bool,
    /// Its page.
    pub href: Option<String>,
}

impl Voice {
    /// What would be fair, in percent, where anything says so.
    pub fn fair_share(&self) -> Option<f64> {
        Some(self.fair).filter(|fair| *fair > 0.0)
    }
    /// Whether its share of a kind is a part alone: more of its votes are told together with those of others.
    pub fn is_part(&self, kind: &str) -> bool {
        self.few && kind == "votes"
    }
    /// Whether anything of it was heard.
    pub fn heard(&self) -> bool {
        self.few || self.shares.iter().flatten().any(|share| *share > 0.0)
    }
}

impl Shares {
    /// Of the voices that were heard, the one and its kind with the smallest share of what is fair, and that ratio; `None` where
    /// nothing is known.
    pub fn smallest(&self) -> Option<(&Voice, &str, f64)> {
        let all = self.voices.iter().filter(|v| v.fair > 0.0 && v.heard()).flat_map(|voice| {
            let known = voice.shares.iter().zip(&self.kinds).filter(|(_, kind)| !voice.is_part(kind));
            known.filter_map(move |(share, kind)| Some((voice, kind.as_str(), (*share)?.max(0.0) / voice.fair)))
        });
        all.filter(|s| s.2.is_finite()).min_by(|a, b| a.2.total_cmp(&b.2))
    }

    /// All of [`Shares::calls`] as one text; empty where there are none.
    pub fn call(&self) -> String {
        self.calls().join(" ")
    }

    /// "Nothing has come from people who care for someone yet." and "Social care: 8% of minutes, where 25% would be fair."; none where
    /// nobody has less than is fair. Where several that were heard otherwise have none of a kind, all are named, the largest gap
    /// first: "Nobody from Social care or Mental health has minutes yet."
    pub fn calls(&self) -> Vec<String> {
        let mut silent: Vec<&Voice> = self.voices.iter().filter(|v| !v.heard()).collect();
        silent.sort_by(|a, b| b.fair.total_cmp(&a.fair));
        let silent: Vec<String> = silent.into_iter().map(|v| v.name.clone()).collect();
        let silent = (!silent.is_empty()).then(|| format!("Nothing has come from {} yet.", listed(&silent)));
        let least = self.smallest().filter(|s| s.2 < 0.995).map(|(voice, kind, ratio)| {
            if ratio == 0.0
                && let Some(at) = self.kinds.iter().position(|known| known == kind)
            {
                let none = |v: &&Voice| v.fair > 0.0 && v.heard() && v.shares.get(at) == Some(&Some(0.0));
                let mut without: Vec<&Voice> = self.voices.iter().filter(none).collect();
                without.sort_by(|a, b| b.fair.total_cmp(&a.fair));
                let names: Vec<String> = without.iter().map(|v| v.name.clone()).collect();
                return match kind {
                    "minutes" => format!("Nobody from {} has spoken in a meeting yet.", either(&names)),
                    "evidence" => format!("No evidence comes from {} yet.", either(&names)),
                    _ => format!("No {kind} come from {} yet.", either(&names)),
                };
            }
            let say = |v| Unit::Percent.say(v);
            format!(
                "{}: {} of {kind}, where {} would be fair.",
                crate::chart::sentence(&voice.name),
                say(ratio * voice.fair),
                say(voice.fair)
            )
        });
        silent.into_iter().chain(least).collect()
    }

    /// One row for each voice, for paper: its share of each kind beside what would be fair.
    pub(crate) fn brief(&self) -> Table {
        let head = ["voice", "fair percent"].into_iter().chain(self.kinds.iter().map(String::as_str)).chain(["note"]);
        let mut table = Table::new(head);
        for voice in &self.voices {
            let note = match (voice.heard(), voice.must) {
                (false, true) => "must be heard, not heard yet",
                (false, false) => "not heard yet",
                (true, true) => "must be heard",
                (true, false) => "",
            };
            let own = [voice.name.as_str().into(), Cell::of(voice.fair_share(), &Unit::Percent)];
            let shares = voice.shares.iter().map(|share| Cell::of(*share, &Unit::Percent));
            table.push(own.into_iter().chain(shares).chain([note.into()]));
        }
        table
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(["voice", "must_be_heard", "heard", "of", "share_percent", "fair_percent", "ratio"]);
        for voice in &self.voices {
            for (kind, share) in self.kinds.iter().zip(&voice.shares) {
                let whole = share.filter(|_| !voice.is_part(kind));
                let ratio = whole.zip(voice.fair_share()).map(|(share, fair)| share / fair);
                table.push([
                    voice.name.as_str().into(),
                    if voice.must { "yes" } else { "" }.into(),
                    if voice.heard() { "yes" } else { "not heard yet" }.into(),
                    kind.as_str().into(),
                    Cell::of(*share, &Unit::Percent),
                    Cell::of(voice.fair_share(), &Unit::Percent),
                    Cell::of(ratio, &Unit::Of(String::new())),
                ]);
            }
        }
        table
    }
}

/// Something that a reader may do: closed until it is wanted, works without script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Act {
    /// What it does: "I have a concern". The first that is `main` is the one button everybody looks for.
    pub title: String,
    /// In a sentence; may be empty.
    pub detail: String,
    /// What is filled in; one without fields is its button alone.
    pub form: Form,
    /// Whether it stands open: after a mistake, say.
    pub open: bool,
    /// Whether it is what most readers come for.
    pub main: bool,
}

/// One statement to vote on, and three buttons: agree, disagree, pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vote {
    /// Its name, which keeps two on one page apart.
    pub id: String,
    /// The statement; `by` says "Written by a participant" where nothing else may be told.
    pub quote: Quote,
    /// Which of how many it is; (0, 0) where that is not told.
    pub at: (u64, u64),
    /// Where the vote is posted: `vote=agree`, `vote=disagree` or `vote=pass`.
    pub send_to: String,
    /// Sent along unseen: the statement, and a token that is good once.
    pub kept: Vec<(String, String)>,
    /// What went wrong with the last try: "You have voted on this already".
    pub wrong: Option<String>,
    /// Said under the buttons: "Nobody sees how you voted."
    pub note: String,
}

/// You said, so we.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// Its name.
    pub id: String,
    /// "31 of 34 statements are answered"; may be empty.
    pub title: String,
    /// Each statement with what became of it.
    pub rows: Vec<Answer>,
}

/// One statement and what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// What was said.
    pub quote: Quote,
    /// What became of it.
    pub outcome: Outcome,
    /// What was done, or the reason, in a sentence.
    pub words: String,
    /// The line, plan or decision that changed because of it.
    pub links: Vec<Link>,
}

/// What became of a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Taken up.
    Adopted,
    /// Taken up in another form.
    Adapted,
    /// Not taken up.
    Declined,
    /// Nobody has answered for so many days.
    #[default]
    Waiting,
}

impl Outcome {
    /// "Adopted", "Not answered yet"
    pub fn say(self) -> &'static str {
        match self {
            Outcome::Adopted => "Adopted",
            Outcome::Adapted => "Adapted",
            Outcome::Declined => "Declined",
            Outcome::Waiting => "Not answered yet",
        }
    }
}

impl Answers {
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(["statement", "by", "answer", "words", "changed"]);
        for row in &self.rows {
            let changed: Vec<&str> = row.links.iter().map(|l| l.words.as_str()).collect();
            table.push([
                row.quote.text.as_str().into(),
                row.quote.by.as_str().into(),
                row.outcome.say().into(),
                row.words.as_str().into(),
                changed.join("; ").into(),
            ]);
        }
        table
    }
}

/// A plan in one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What it aims for: "Home within a day of being ready".
    pub aim: Link,
    /// The measure that it hopes to move: what was expected by now, and what is. A plan without one rises to the top.
    pub measure: Option<Prediction>,
    /// Steps that are done, and all of them.
    pub steps: (u64, u64),
    /// "12 January 2026"
    pub review: String,
    /// A role; without one it rises to the top.
    pub owner: String,
    /// What is to be said of it first: "2 steps late", "no owner"; may be empty.
    pub note: String,
}

/// The steps of a plan in time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// Its name.
    pub id: String,
    /// The finding: "Likely done by March; 4 in 10 by the day promised".
    pub title: String,
    /// What a bar is.
    pub definition: String,
    /// Days are counted from any one day, the same for all; what stands at the axis: day, and words.
    pub ticks: Vec<(f64, String)>,
    /// The day from which they are counted, where it is known: the table has dates then.
    pub from: Option<jiff::civil::Date>,
    /// Today, on the same count.
    pub today: f64,
    /// In the order in which they are shown.
    pub tasks: Vec<Task>,
    /// Steps that are in the table and not in the drawing.
    pub rest: Vec<Task>,
    /// The day by which all is promised, and its words.
    pub goal: Option<(f64, String)>,
}

/// A step of a [`Schedule`]; days are on its count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// "Two therapists start at Eastbrook"
    pub name: String,
    /// The role that answers for it.
    pub owner: String,
    /// How far it has come.
    pub state: Progress,
    /// From and to, as laid out or as it was.
    pub from: f64,
    /// Its middle end.
    pub to: f64,
    /// One end in ten is sooner than the first, one in ten later than the second.
    pub range: Option<(f64, f64)>,
    /// The day promised.
    pub due: Option<f64>,
    /// In words: "3 March", "3 days late"; may be empty.
    pub note: String,
    /// Whether the end of the plan hangs on it.
    pub critical: bool,
    /// What blocks it.
    pub rocks: Vec<String>,
    /// Whether people feel it at once.
    pub early_win: bool,
    /// Its page.
    pub href: Option<String>,
}

impl Task {
    /// Whether the day promised has passed, or will more likely than not.
    pub fn late(&self, today: f64) -> bool {
        self.due.is_some_and(|due| match self.state {
            Progress::Done => self.to > due,
            Progress::Doing | Progress::ToDo => self.to.max(today) > due,
        })
    }
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Not begun.
    #[default]
    ToDo,
    /// Under way.
    Doing,
    /// Ended.
    Done,
}

impl Progress {
    /// "to do", "under way", "done"
    pub fn say(self) -> &'static str {
        match self {
            Progress::ToDo => "to do",
            Progress::Doing => "under way",
            Progress::Done => "done",
        }
    }
}

/// Plans that have lost their owner or their measure come first.
pub fn by_need(all: &[Plan]) -> Vec<&Plan> {
    let mut plans: Vec<&Plan> = all.iter().collect();
    plans.sort_by_key(|plan| !(plan.owner.is_empty() || plan.measure.is_none()));
    plans
}

pub(crate) fn plans(all: &[Plan]) -> Table {
    let head = [
        "plan",
        "measure",
        "value",
        "predicted",
        "range_from",
        "range_to",
        "unit",
        "steps_done",
        "steps",
        "review",
        "owner",
        "note",
    ];
    let mut table = Table::new(head);
    for plan in by_need(all) {
        let unit = plan.measure.as_ref().map_or(Unit::Of(String::new()), |m| m.actual.unit.clone());
        let of = |get: fn(&Prediction) -> Option<f64>| Cell::of(plan.measure.as_ref().and_then(get), &unit);
        table.push([
            plan.aim.words.as_str().into(),
            plan.measure.as_ref().map_or("", |m| m.name.as_str()).into(),
            of(|m| m.actual.value),
            of(|m| m.expected.value),
            of(|m| m.expected.range.map(|r| r.0)),
            of(|m| m.expected.range.map(|r| r.1)),
            unit.code().into(),
            plan.steps.0.into(),
            plan.steps.1.into(),
            plan.review.as_str().into(),
            plan.owner.as_str().into(),
            plan.note.as_str().into(),
        ]);
    }
    table
}

/// One row for each plan as people read it, for paper.
pub(crate) fn plans_brief(all: &[Plan]) -> Table {
    let mut table = Table::new(["plan", "the measure it hopes to move", "steps done", "next review", "owner"]);
    for plan in by_need(all) {
        let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
        let note = if plan.note.is_empty() { String::new() } else { format!(": {}", plan.note) };
        let measure = plan.measure.as_ref().map_or("no measure".to_owned(), |m| {
            let aimed = m.expected.value.map_or(String::new(), |_| format!(", expected {} {}", m.expected.say(), m.by));
            format!("{}: {}{}", m.name, m.actual.say(), aimed.trim_end())
        });
        table.push(
            [
                format!("{}{note}", plan.aim.words),
                measure,
                format!("{} of {}", plan.steps.0, plan.steps.1),
                or(&plan.review, "no review"),
                or(&plan.owner, "no owner"),
            ]
            .map(Cell::from),
        );
    }
    table
}

impl Schedule {
    /// One row for each step as people read it, for paper: those to come first, what is done last.
    pub(crate) fn brief(&self) -> Table {
        let date = |v: f64| {
            let days = jiff::Span::new().try_days(v.round() as i64).ok()?;
            Some(self.from?.saturating_add(days).strftime("%-d %B %Y").to_string())
        };
        let mut table = Table::new(["step", "owner", "ends", "what it hangs on"]);
        let all = || self.tasks.iter().chain(&self.rest);
        let done = |task: &&Task| task.state == Progress::Done;
        for task in all().filter(|t| !done(t)).chain(all().filter(done)) {
            let ends = match (date(task.to), task.range.and_then(|r| Some((date(r.0)?, date(r.1)?)))) {
                (None, _) => String::new(),
                (Some(end), _) if task.state == Progress::Done => format!("done on {end}"),
                (Some(end), Some((soon, late))) => format!("as likely as not by {end} ({soon} to {late})"),
                (Some(end), None) => format!("as likely as not by {end}"),
            };
            let open = task.state != Progress::Done;
            let late = task.due.filter(|_| open && task.late(self.today)).and_then(date);
            let late = late.map(|due| format!("late: promised for {due}"));
            let rocks = Some(task.rocks.join("; ")).filter(|r| open && !r.is_empty()).map(|r| format!("blocked: {r}"));
            let critical = (open && task.critical).then(|| "the end of the plan hangs on it".to_owned());
            let said: Vec<String> = [late, rocks, critical].into_iter().flatten().collect();
            table.push([task.name.clone(), task.owner.clone(), ends, said.join("; ")].map(Cell::from));
        }
        table
    }

    pub(crate) fn table(&self) -> Table {
        let head = [
            "step",
            "owner",
            "state",
            "begins",
            "ends",
            "ends_p10",
            "ends_p90",
            "due",
            "late",
            "critical",
            "blocked_by",
            "note",
        ];
        let mut table = Table::new(head);
        let date = |v: f64| {
            let days = jiff::Span::new().try_days(v.round() as i64).ok()?;
            Some(self.from?.saturating_add(days).to_string())
        };
        let day = |v: Option<f64>| match v.filter(|v| v.is_finite()).and_then(date) {
            Some(date) => Cell::from(date),
            None => Cell::of(v, &Unit::Of(String::new())),
        };
        let yes = |is: bool| Cell::from(if is { "yes" } else { "" });
        for task in self.tasks.iter().chain(&self.rest) {
            table.push([
                task.name.as_str().into(),
                task.owner.as_str().into(),
                task.state.say().into(),
                day(Some(task.from)),
                day(Some(task.to)),
                day(task.range.map(|r| r.0)),
                day(task.range.map(|r| r.1)),
                day(task.due),
                yes(task.late(self.today)),
                yes(task.critical),
                task.rocks.join("; ").into(),
                task.note.as_str().into(),
            ]);
        }
        table
    }
}

/// What blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rocks {
    /// Its name.
    pub id: String,
    /// In any order; open ones are shown first, the oldest of them at the top.
    pub rocks: Vec<Rock>,
}

/// One rock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rock {
    /// What it is, and its page.
    pub what: Link,
    /// Who can move it: a role or a body.
    pub who: String,
    /// Days since it was raised, or from then until it was cleared.
    pub days: u64,
    /// Whether it is cleared.
    pub cleared: bool,
    /// Steps that it blocks.
    pub blocks: Vec<Link>,
}

impl Rocks {
    /// Open ones first, the oldest of them at the top.
    pub fn sorted(&self) -> Vec<&Rock> {
        let mut rocks: Vec<&Rock> = self.rocks.iter().collect();
        rocks.sort_by_key(|rock| (rock.cleared, std::cmp::Reverse(rock.days)));
        rocks
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(["rock", "state", "who_can_move_it", "days", "blocks"]);
        for rock in self.sorted() {
            let blocks: Vec<&str> = rock.blocks.iter().map(|l| l.words.as_str()).collect();
            table.push([
                rock.what.words.as_str().into(),
                if rock.cleared { "cleared" } else { "open" }.into(),
                rock.who.as_str().into(),
                rock.days.into(),
                blocks.join("; ").into(),
            ]);
        }
        table
    }
}

/// What savings will bring, kinds kept apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Money {
    /// Its name.
    pub id: String,
    /// The finding: "Half of the promise is likely".
    pub title: String,
    /// What is drawn, and from what record.
    pub definition: String,
    /// All of it that counts towards the goal, with its range from one in ten to nine in ten.
    pub total: Figure,
    /// What was promised, in the same unit.
    pub promised: f64,
    /// What must be reached, in the same unit, and its words: "goal £3m by March 2027".
    pub goal: Option<(f64, String)>,
    /// The chance of that, of 100.
    pub chance: Option<Figure>,
    /// Recurrent or one-off; cash, capacity or cost avoided, each by itself.
    pub kinds: Vec<Saved>,
    /// Pounds delivered of each 100 promised, by class, from this place's own record.
    pub record: Vec<Saved>,
    /// Days taken for each 100 promised, likewise.
    pub days: Vec<Saved>,
    /// Savings that are another one by another name, and so are not counted.
    pub counted_elsewhere: Vec<String>,
    /// Savings that look like another one, and are not counted until somebody says that they are two.
    pub perhaps_twice: Vec<String>,
}

/// One row of [`Money`].
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// "Recurrent, cash-releasing", "Procurement"
    pub name: String,
    /// With its range.
    pub figure: Figure,
    /// What was promised, in the same unit.
    pub promised: Option<f64>,
    /// "7 past savings"; may be empty.
    pub note: String,
}

impl Money {
    /// Kinds of money against what was promised of each; and what was delivered of each 100 promised.
    pub(crate) fn charts(&self) -> [Intervals; 2] {
        let row = |saved: &Saved, fair: Option<f64>| Interval {
            name: saved.name.clone(),
            figure: saved.figure.clone(),
            fair,
            people: 0,
            signal: Signal::Ordinary,
            href: None,
        };
        let chart = |id: &str, title: &str, heading: &str, rows: Vec<Interval>, unit: Unit| Intervals {
            id: format!("{}-{id}", self.id),
            title: title.to_owned(),
            definition: self.definition.clone(),
            groups: vec![(heading.to_owned(), rows)],
            all: None,
            unit,
            gradient: None,
        };
        let rows = |all: &[Saved]| all.iter().map(|k| row(k, k.promised)).collect::<Vec<_>>();
        let mut record = chart(
            "record",
            "What came of past promises here",
            "Pounds delivered for each 100 promised",
            rows(&self.record),
            Unit::Of(String::new()),
        );
        record.groups.push(("Days taken for each 100 promised".to_owned(), rows(&self.days)));
        record.groups.retain(|group| !group.1.is_empty());
        [chart("kinds", &self.title, "By kind", rows(&self.kinds), self.total.unit.clone()), record]
    }

    pub(crate) fn table(&self) -> Table {
        let mut table =
            Table::new(["part", "what", "value", "range_from", "range_to", "promised", "unit", "note", "missing"]);
        let mut push = |part: &str, name: &str, f: &Figure, promised: Option<f64>, note: &str| {
            let of = |value: Option<f64>| Cell::of(value, &f.unit);
            table.push([
                part.into(),
                name.into(),
                of(f.value),
                of(f.range.map(|r| r.0)),
                of(f.range.map(|r| r.1)),
                of(promised),
                f.unit.code().into(),
                note.into(),
                if f.value.is_none() { f.missing.words() } else { "" }.into(),
            ]);
        };
        push("total", "all that counts", &self.total, Some(self.promised), self.goal.as_ref().map_or("", |g| &g.1));
        if let Some(chance) = &self.chance {
            push("chance", "reaches the goal", chance, None, "");
        }
        self.kinds.iter().for_each(|row| push("kind", &row.name, &row.figure, row.promised, &row.note));
        self.record.iter().for_each(|row| push("pounds of 100", &row.name, &row.figure, row.promised, &row.note));
        self.days.iter().for_each(|row| push("days for 100", &row.name, &row.figure, row.promised, &row.note));
        let none = Figure { missing: Missing::NoData, ..Figure::new(None, "", Default::default()) };
        self.counted_elsewhere.iter().for_each(|name| push("counted elsewhere", name, &none, None, ""));
        self.perhaps_twice.iter().for_each(|name| push("perhaps counted twice", name, &none, None, ""));
        table
    }
}

/// Trust at the joins: what groups say of each other, and what they do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ties {
    /// Its name.
    pub id: String,
    /// The finding: "Hospital and home care trust each other less".
    pub title: String,
    /// What was asked, of whom, and whose questions these are.
    pub definition: String,
    /// The groups.
    pub groups: Vec<String>,
    /// The lowest and the highest score that there is.
    pub scale: (f64, f64),
    /// From which score on a tie is more than weak, and from which it is strong.
    pub bands: [f64; 2],
    /// How many joins have a strong tie, how many are felt by both sides, how much hangs on one group; and of how many pairs.
    pub network: Vec<(String, Figure)>,
    /// What was said and what was done at each join that is asked.
    pub joins: Vec<Join>,
}

/// What one group says of another.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Tie {
    /// Nobody has answered.
    #[default]
    None,
    /// Fewer people answered than anything may be told of.
    TooFew,
    /// The score.
    Score {
        /// As it is told, to a tenth.
        score: f64,
        /// How many people answered.
        people: u64,
        /// How often.
        answers: u64,
        /// What it means: "strong"; may be empty.
        band: String,
    },
}

impl Tie {
    /// "4.2 strong", or why nothing is told.
    pub fn say(&self) -> String {
        match self {
            Tie::None => "nobody has answered".to_owned(),
            Tie::TooFew => "too few people to tell".to_owned(),
            Tie::Score { score, band, .. } => format!("{score:.1} {band}").trim_end().to_owned(),
        }
    }
}

/// How a score is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// In the lowest band.
    Weak,
    /// Between.
    Usual,
    /// In the highest.
    Strong,
}

impl Strength {
    /// "strong", "usual" or "weak"
    pub const fn word(self) -> &'static str {
        match self {
            Strength::Weak => "weak",
            Strength::Usual => "usual",
            Strength::Strong => "strong",
        }
    }
}

/// One side of a join: who says, of whom, by their places among the groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// Who says.
    pub by: usize,
    /// Of whom.
    pub about: usize,
    /// What.
    pub tie: Tie,
}

/// A join: what was said there, and what was done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Join {
    /// "Hospital and home care", and its page.
    pub name: Link,
    /// What each side says of the other.
    pub said: Vec<Side>,
    /// "Promises kept", "7 of 9".
    pub done: Vec<(String, Figure)>,
}

impl Ties {
    /// How a score is drawn.
    pub fn strength(&self, score: f64) -> Strength {
        match self.bands {
            [_, strong] if score >= strong => Strength::Strong,
            [usual, _] if score >= usual => Strength::Usual,
            _ => Strength::Weak,
        }
    }

    /// The name of a group.
    pub fn group(&self, at: usize) -> &str {
        self.groups.get(at).map_or("", String::as_str)
    }

    /// Who says it, of whom: "Wards of home care".
    pub fn pair(&self, side: &Side) -> String {
        format!("{} of {}", crate::chart::sentence(self.group(side.by)), self.group(side.about))
    }

    /// For paper: what each side says, then what was done at each join, then the network.
    pub(crate) fn brief(&self) -> Table {
        let mut table = Table::new(["join", "who says, of whom", "what they say", "people"]);
        for (join, side) in self.joins.iter().flat_map(|join| join.said.iter().map(move |side| (join, side))) {
            let people = match &side.tie {
                Tie::Score { people, .. } => (*people).into(),
                Tie::None | Tie::TooFew => Cell::Missing,
            };
            table.push([join.name.words.as_str().into(), self.pair(side).into(), side.tie.say().into(), people]);
        }
        let done =
            self.joins.iter().flat_map(|join| join.done.iter().map(move |done| (join.name.words.as_str(), done)));
        for (join, (what, figure)) in done.chain(self.network.iter().map(|one| ("all joins", one))) {
            let say = if figure.value.is_none() { figure.missing.words().to_owned() } else { figure.say() };
            table.push([join.into(), what.as_str().into(), say.into(), Cell::Missing]);
        }
        table
    }

    pub(crate) fn table(&self) -> Table {
        let head = ["what", "join", "by", "about", "value", "unit", "people", "answers", "band", "missing"];
        let mut table = Table::new(head);
        let number = Unit::Of(String::new());
        for (join, side) in self.joins.iter().flat_map(|join| join.said.iter().map(move |side| (join, side))) {
            let (value, people, answers, band, missing) = match &side.tie {
                Tie::None => (Cell::Missing, Cell::Missing, Cell::Missing, "", Missing::NoData.words()),
                Tie::TooFew => (Cell::Missing, Cell::Missing, Cell::Missing, "", Missing::Suppressed.words()),
                Tie::Score { score, people, answers, band } => {
                    (Cell::of(Some(*score), &number), (*people).into(), (*answers).into(), band.as_str(), "")
                }
            };
            let words = [join.name.words.as_str(), self.group(side.by), self.group(side.about)].map(Cell::from);
            let [join, by, about] = words;
            table.push([
                "score".into(),
                join,
                by,
                about,
                value,
                "".into(),
                people,
                answers,
                band.into(),
                missing.into(),
            ]);
        }
        let mut push = |what: &str, join: &str, f: &Figure| {
            table.push([
                what.into(),
                join.into(),
                "".into(),
                "".into(),
                Cell::of(f.value, &f.unit),
                f.unit.code().into(),
                Cell::Missing,
                Cell::Missing,
                "".into(),
                if f.value.is_none() { f.missing.words() } else { "" }.into(),
            ]);
        };
        self.network.iter().for_each(|(what, figure)| push(what, "", figure));
        for join in &self.joins {
            join.done.iter().for_each(|(what, figure)| push(what, &join.name.words, figure));
        }
        table
    }
}

/// A question, conversation, decision or plan in one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// "Question", "Conversation", "Decision", "Plan"
    pub kind: String,
    /// Its title, and its page.
    pub link: Link,
    /// Its stage or how it stands: "Weighing", "Recorded", "Rang".
    pub stage: String,
    /// "closes Thursday 20 November at 17:00", "review 12 January"; may be empty.
    pub when: String,
    /// What it wants of this reader: "Your answer is wanted"; may be empty.
    pub wants: String,
    /// One line about it; may be empty.
    pub note: String,
}

pub(crate) fn board(all: &[Card]) -> Table {
    let mut table = Table::new(["kind", "title", "stage", "when", "wants", "note", "address"]);
    for card in all {
        let cells = [&card.kind, &card.link.words, &card.stage, &card.when, &card.wants, &card.note, &card.link.href];
        table.push(cells.map(|text| text.as_str().into()));
    }
    table
}

/// A step, or a rock, that is to be looked at this week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The step or the rock, and its page.
    pub step: Link,
    /// The plan.
    pub plan: String,
    /// "to do", "under way"; of a rock "in the way".
    pub state: String,
    /// The role that answers for the step; nobody of a rock.
    pub owner: String,
    /// The day promised.
    pub due: Option<jiff::civil::Date>,
    /// How late it is.
    pub days_late: u64,
    /// Rocks that hold it.
    pub blocked_by: String,
    /// The role or body that can move what holds it, or this rock.
    pub who_can_move_it: String,
    /// One line about it.
    pub note: String,
}

impl Due {
    /// "Blocked", "Late", "Under way"
    pub fn stands(&self) -> String {
        let stands = if !self.blocked_by.is_empty() {
            "blocked"
        } else if self.days_late > 0 {
            "late"
        } else {
            &self.state
        };
        crate::chart::sentence(stands)
    }
}

pub(crate) fn monday(all: &[Due]) -> Table {
    let head = ["step", "plan", "state", "owner", "due", "days_late", "blocked_by", "who_can_move_it", "address"];
    let mut table = Table::new(head);
    for one in all {
        let [step, plan, state, owner] = [&one.step.words, &one.plan, &one.state, &one.owner].map(|text| text.as_str());
        table.push([
            step.into(),
            plan.into(),
            state.into(),
            owner.into(),
            one.due.map_or(Cell::Missing, |due| due.to_string().into()),
            one.days_late.into(),
            one.blocked_by.as_str().into(),
            one.who_can_move_it.as_str().into(),
            one.step.href.as_str().into(),
        ]);
    }
    table
}

/// "a", "a or b", "a, b or c"
fn either(all: &[String]) -> String {
    match all {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        all => all.join(""),
    }
}

/// "a", "a and b", "a, b and c"
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Evidence;

    fn figure(value: impl Into<Option<f64>>) -> Figure {
        Figure::new(value, "days", Evidence::default())
    }

    fn strings(all: &[&str]) -> Vec<String> {
        all.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn the_next_stage_says_what_it_waits_for() {
        let stages = |at: usize, waits: &[&str]| Stages {
            names: strings(&Stages::QUESTION),
            at,
            waits_for: strings(waits),
            skipped: vec![],
            links: vec![],
        };
        let skipped = vec![(1, "carers were never heard".to_owned())];
        let passed = Stages { skipped, ..stages(4, &[]) };
        assert_eq!([1, 2].map(|i| passed.word(i)), ["not done", "done"]);
        assert_eq!(passed.left_out(), "Carers were never heard.");
        assert_eq!(Standing::Open.say(), "Not yet agreed");
        assert_eq!(stages(0, &["carers", "wards", "the council"]).waits(), "Waits for carers, wards and the council.");
        assert_eq!(stages(5, &[]).waits(), "");
        assert_eq!([0, 3, 4].map(|i| stages(3, &[]).word(i)), ["done", "here", "to come"]);
    }

    #[test]
    fn to_change_nothing_is_last_and_who_gains_is_a_sentence() {
        let row = |letter: &str| Alternative { letter: letter.into(), ..Alternative::default() };
        let mut b = row("B");
        (b.gains, b.loses) = (strings(&["the poorest fifth", "Eastbrook"]), strings(&["Coastside"]));
        assert_eq!(b.told(), "The poorest fifth and Eastbrook gain. Coastside loses.");
        assert!(!b.tried());
        let place = |(name, value): (&str, f64)| (name.to_owned(), figure(value));
        let many = |gains: &[&str], loses: &[&str]| Alternative {
            places: [("Dunmoor", -2.0), ("Eastbrook", -0.5), ("Northgate", -2.4), ("Holt", -3.0)].map(place).to_vec(),
            gains: strings(gains),
            loses: strings(loses),
            ..row("C")
        };
        let all = many(&["the poorest fifth", "Dunmoor", "Eastbrook", "Northgate", "Holt"], &[]);
        assert_eq!(all.told(), "The poorest fifth and every place gain, Eastbrook least.");
        let most = many(&["Dunmoor", "Northgate", "Holt"], &["Eastbrook"]);
        assert_eq!(most.told(), "Every place but Eastbrook gains. Eastbrook loses.");
        let pair = |a: &str| (a.to_owned(), String::new());
        let choices = Choices {
            id: String::new(),
            title: String::new(),
            definition: String::new(),
            effect: pair("Days freed"),
            better: Better::Higher,
            worse: pair("Worse"),
            places: pair("Places"),
            places_better: Better::Lower,
            poorest: pair("Poorest"),
            rows: vec![row(""), row("A"), b],
        };
        let marks: Vec<&str> = choices.sorted().into_iter().map(Alternative::mark).collect();
        assert_eq!(marks, ["A", "B", "–"]);
        let table = choices.table();
        assert!(table.rows.iter().all(|row| row.len() == table.headers.len()));
        assert!(table.to_csv().contains("not tried yet"));
    }

    #[test]
    fn a_sealed_vote_tells_who_has_voted_and_nothing_else() {
        let stand =
            |member: &str, position| Stand { member: member.into(), position, note: "because".into(), href: None };
        let members = vec![
            stand("One", Position::Supports("B".into())),
            stand("Two", Position::Concern("B".into())),
            stand("Three", Position::Silent),
            stand("Four", Position::Apart("no vote".into())),
        ];
        let open = Stands { members, ..Stands::default() };
        let sealed = Stands { sealed: Some("noon".into()), ..open.clone() };
        assert_eq!((open.count(), sealed.count()), ("2 of 3 have said.".into(), "2 of 3 have voted.".into()));
        let told = sealed.table().to_csv();
        assert!(!told.contains("Supports") && !told.contains("Concern"), "{told}");
        assert!(told.contains("One,\"Voted, sealed\",\n"), "{told}");
        assert!(told.contains("Three,Not yet voted") && open.table().to_csv().contains("Concern about B,because"));
        assert!(sealed.opens().contains("noon") && open.opens().is_empty());
    }

    #[test]
    fn an_outcome_is_judged_by_its_range_and_the_way_aimed_for() {
        let row = |actual: Option<f64>, better| Prediction {
            name: "Wait".into(),
            before: None,
            expected: figure(3.5).within(Some((3.0, 4.0))),
            actual: figure(actual),
            when: "in May".into(),
            now: None,
            better,
            by: String::new(),
            sentence: String::new(),
            href: None,
        };
        assert_eq!(row(Some(3.9), Better::Lower).signal(), Signal::Ordinary);
        assert_eq!(row(Some(2.0), Better::Lower).signal(), Signal::Improvement);
        assert_eq!(row(Some(2.0), Better::Higher).signal(), Signal::Concern);
        assert_eq!(row(Some(9.0), Better::Neither).signal(), Signal::Change);
        let early = Prediction { when: String::new(), ..row(Some(9.0), Better::Lower) };
        assert_eq!(early.signal(), Signal::Ordinary, "nothing is judged before its day");
        assert_eq!(row(None, Better::Lower).signal(), Signal::Ordinary);
        assert_eq!(row(None, Better::Lower).say(), "Wait: no data.");
    }

    #[test]
    fn the_smallest_share_is_called_out_and_silence_is_named_apart() {
        let voice = |name: &str, fair: f64, shares: &[f64]| Voice {
            name: name.into(),
            fair,
            shares: shares.iter().map(|s| Some(*s)).collect(),
            ..Voice::default()
        };
        let mut air = Shares {
            kinds: strings(&["votes", "minutes"]),
            voices: vec![
                voice("Hospitals", 50.0, &[60.0, 92.0]),
                voice("Social care", 40.0, &[40.0, 8.0]),
                voice("Carers", 10.0, &[0.0, 0.0]),
            ],
            ..Shares::default()
        };
        assert_eq!(
            air.call(),
            "Nothing has come from Carers yet. Social care: 8% of minutes, where 40% would be fair."
        );
        air.voices = vec![
            voice("Hospitals", 40.0, &[60.0, 100.0]),
            voice("Social care", 25.0, &[20.0, 0.0]),
            voice("The public", 35.0, &[20.0, 0.0]),
        ];
        let all = "Nobody from The public or Social care has spoken in a meeting yet.";
        assert_eq!(air.call(), all, "of several with none all are named, the largest gap first");
        // A row of voices together has no share that would be fair, and one whose votes are told together is not judged by the rest.
        let together = Voice {
            name: "2 voices with few voters, together".into(),
            shares: vec![Some(26.0), None],
            ..Voice::default()
        };
        let few = Voice { few: true, ..voice("Primary care", 40.0, &[1.0, 50.0]) };
        air.voices = vec![voice("Hospitals", 60.0, &[73.0, 50.0]), few, together];
        assert!(air.call().starts_with("Hospitals: 50% of minutes"), "{}", air.call());
        assert!(
            air.brief().to_csv().contains("\"2 voices with few voters, together\",,26"),
            "{}",
            air.brief().to_csv()
        );
        assert!(air.table().to_csv().contains("votes,26,,"), "{}", air.table().to_csv());
        assert!(air.table().to_csv().contains("votes,1,40,\r\n") || air.table().to_csv().contains("votes,1,40,\n"));
        air.voices = vec![voice("All", 100.0, &[100.0, 100.0])];
        assert_eq!(air.call(), "");
        assert_eq!(Shares::default().call(), "");
    }

    #[test]
    fn on_paper_ties_are_what_each_side_says_what_was_done_and_the_network() {
        let said = |by, about, tie| Side { by, about, tie };
        let score = Tie::Score { score: 4.25, people: 18, answers: 200, band: "strong".into() };
        let ties = Ties {
            groups: strings(&["wards", "home care"]),
            joins: vec![Join {
                name: Link::new("Ward to home", ""),
                said: vec![said(0, 1, score), said(1, 0, Tie::TooFew)],
                done: vec![("Days to answer".into(), figure(3.0))],
            }],
            network: vec![("Felt by both sides".into(), figure(None))],
            ..Ties::default()
        };
        let csv = ties.brief().to_csv();
        let rows: Vec<&str> = csv.lines().skip(1).map(str::trim_end).collect();
        assert_eq!(
            rows,
            [
                "Ward to home,Wards of home care,4.2 strong,18",
                "Ward to home,Home care of wards,too few people to tell,",
                "Ward to home,Days to answer,3 days,",
                "all joins,Felt by both sides,no data,",
            ]
        );
    }

    #[test]
    fn a_plan_without_an_owner_rises_and_open_rocks_lie_on_top_oldest_first() {
        let plan = |aim: &str, owner: &str| Plan {
            aim: Link::new(aim, ""),
            measure: Some(Prediction {
                name: String::new(),
                before: None,
                expected: figure(None),
                actual: figure(None),
                when: String::new(),
                now: None,
                better: Better::Lower,
                by: String::new(),
                sentence: String::new(),
                href: None,
            }),
            steps: (0, 1),
            review: String::new(),
            owner: owner.into(),
            note: String::new(),
        };
        let plans = [plan("owned", "lead"), plan("lost", "")];
        assert_eq!(by_need(&plans)[0].aim.words, "lost");
        let rock = |what: &str, days, cleared| Rock { what: Link::new(what, ""), days, cleared, ..Rock::default() };
        let rocks = Rocks {
            rocks: vec![rock("done", 99, true), rock("new", 2, false), rock("old", 40, false)],
            ..Rocks::default()
        };
        let order: Vec<&str> = rocks.sorted().iter().map(|r| r.what.words.as_str()).collect();
        assert_eq!(order, ["old", "new", "done"]);
    }

    #[test]
    fn each_column_of_a_monday_holds_what_it_is_called() {
        let step = Due {
            step: Link::new("A rota", "/plans/p"),
            plan: "Home First".into(),
            state: "under way".into(),
            owner: "Flow lead".into(),
            due: Some(jiff::civil::date(2025, 11, 1)),
            days_late: 16,
            blocked_by: "No van".into(),
            who_can_move_it: "Head of fleet".into(),
            note: String::new(),
        };
        assert_eq!(step.stands(), "Blocked");
        assert_eq!(Due { blocked_by: String::new(), ..step.clone() }.stands(), "Late");
        let told = monday(&[step]).to_csv();
        let rows = "step,plan,state,owner,due,days_late,blocked_by,who_can_move_it,address\n\
                    A rota,Home First,under way,Flow lead,2025-11-01,16,No van,Head of fleet,/plans/p\n";
        assert_eq!(told, rows);
    }

    #[test]
    fn kinds_of_money_are_named_in_full_and_one_without_savings_says_none() {
        let of = |value: Option<f64>, range, missing| Figure {
            missing,
            ..Figure::new(value, Unit::Pounds, Evidence::default()).within(range)
        };
        let kind = |name: &str, figure| Saved { name: name.into(), figure, promised: Some(2e5), note: String::new() };
        let money = Money {
            id: "m".into(),
            title: "Money".into(),
            definition: "Never added to cash.".into(),
            total: of(Some(1.4e5), None, Missing::NoData),
            promised: 2e5,
            goal: None,
            chance: None,
            kinds: vec![
                kind("Recurrent, cost that would have come", of(Some(1.4e5), Some((1.5e4, 2.01e5)), Missing::NoData)),
                kind("One-off, cash-releasing", of(None, None, Missing::None)),
            ],
            record: vec![],
            days: vec![],
            counted_elsewhere: vec![],
            perhaps_twice: vec![],
        };
        let drawn = crate::chart::against(&money.charts()[0], "promised").into_string();
        assert_eq!(drawn.matches(">Recurrent, cost that would have come<").count(), 2, "wide and on a phone: {drawn}");
        assert!(drawn.contains(">none<") && drawn.contains("One-off, cash-releasing: none"), "{drawn}");
        assert!(drawn.contains("£15,000 to £201,000") || drawn.contains("£15k to £201k"), "{drawn}");
        assert!(!drawn.contains(".."), "{drawn}");
    }

    #[test]
    fn a_step_that_is_done_is_not_drawn_as_what_is_late_and_lines_leave_words_free() {
        let done = Task { name: "A".into(), state: Progress::Done, to: 9.0, due: Some(7.0), ..Task::default() };
        let open = Task { state: Progress::Doing, to: 30.0, ..done.clone() };
        let drawn = |task: &Task| {
            let picture = Schedule { today: 20.0, tasks: vec![task.clone(), task.clone()], ..Schedule::default() };
            crate::chart::schedule(&picture).into_string()
        };
        let orange = "#8f3d06";
        assert!(drawn(&open).contains(orange) && !drawn(&done).contains(orange), "{}", drawn(&open));
        let phone = drawn(&open);
        let phone = phone.split("phone-only").nth(1).unwrap_or_default();
        assert!(!phone.contains(" 20V"), "the line of today runs beside bars alone: {phone}");
    }

    #[test]
    fn plans_on_paper_are_five_columns() {
        let plan = Plan {
            aim: Link::new("Home First", ""),
            measure: None,
            steps: (2, 5),
            review: String::new(),
            owner: "Board".into(),
            note: "2 steps late".into(),
        };
        let rows = plans_brief(&[plan]).to_csv();
        assert!(rows.ends_with("Home First: 2 steps late,no measure,2 of 5,no review,Board\n"), "{rows}");
    }

    #[test]
    fn a_step_is_late_by_its_promise() {
        let task = |state, to: f64| Task { state, to, due: Some(50.0), ..Task::default() };
        assert!(task(Progress::Done, 51.0).late(0.0) && !task(Progress::Done, 50.0).late(90.0));
        assert!(task(Progress::Doing, 40.0).late(60.0), "today is past the day promised");
        assert!(!task(Progress::ToDo, 40.0).late(20.0) && !Task::default().late(20.0));
    }

    #[test]
    fn every_line_comes_before_those_that_hang_on_it() {
        let line = |words: &str, under: Vec<Line>| Line { words: words.into(), under, ..Line::default() };
        let lines = Lines {
            lines: vec![line("a", vec![line("b", vec![line("c", vec![])]), line("d", vec![])])],
            ..Lines::default()
        };
        let told: Vec<(usize, &str)> = lines.each().into_iter().map(|(d, l)| (d, l.words.as_str())).collect();
        assert_eq!(told, [(0, "a"), (1, "b"), (2, "c"), (1, "d")]);
    }
}
