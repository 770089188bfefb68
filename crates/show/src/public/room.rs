//! What the public sees of a conversation, of a decision, and of what became of what they said: plain words, no script, no cookie,
//! nothing fetched, a few kilobytes.
//!
//! How a group voted never comes here, only which statements most people share; people are counted as [`Public`] counts them.
//! Forms post back to the product and hold nothing of the reader but what they type.

use super::{Count, Public, STYLE, document};
use crate::page::{faults, form, in_others, problems, vote};
use crate::room::{Answer, Outcome, Quote, Vote};
use crate::view::{Form, Link};
use maud::{Markup, html};

/// What forms and quotations need beyond the plain page.
const MORE: &str = "blockquote{margin:1em 0;padding:0 0 0 .8em;border-left:.25em solid #005eb8}blockquote p{margin:.2em 0}.vote blockquote p{font-size:1.2em;line-height:1.35}\
.vote .by,.by,.hint,.at,.original{font-size:.85em!important;color:#4c6272}[dir=auto]{text-align:start}\
button{font:inherit;font-weight:bold;min-height:2.8em;padding:.5em 1em;margin:.3em .5em .3em 0;border:2px solid #212b32;border-radius:4px;background:#fff;color:#212b32}\
.ask button{background:#005eb8;border-color:#005eb8;color:#fff}button:focus,input:focus,textarea:focus,select:focus{outline:3px solid #212b32;box-shadow:0 0 0 6px #ffeb3b}\
.field{margin:1em 0}label,legend{font-weight:bold;display:block}.tick{display:flex;gap:.6em;align-items:center;min-height:2.4em}.tick label{font-weight:normal}.tick input{width:1.3em;height:1.3em;flex:none}\
fieldset{border:0;margin:0;padding:0}textarea,select,input{font:inherit;max-width:100%;box-sizing:border-box}textarea{width:100%;border:2px solid #4c6272}\
.row{border-top:2px solid #d8dde0;margin-top:40px;padding-top:16px}.row blockquote{margin:0 0 8px}.row p{margin:0 0 8px}\
.error,.worse{color:#8f3d06;font-weight:bold}.error-summary{border:4px solid #b8500a;padding:0 1em .6em}.gap{border-left:.4em solid #b8500a;padding-left:.8em}\
.nhsuk-u-visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}dt{font-weight:bold;margin-top:1em}dd{margin:0}";

/// A conversation, as anyone may read it and take part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicTalk {
    /// "Rivermead"
    pub place: String,
    /// "What would make going home from hospital feel safe?"
    pub question: String,
    /// Why it is asked, and what will be done with what is said; may be empty.
    pub why: String,
    /// "5 December"; empty when it is closed.
    pub until: String,
    /// How many people have voted.
    pub people: Public<Count>,
    /// What a reader should know of the votes, a sentence each: of how many they are, that many came at once, that it is from elsewhere.
    pub notes: Vec<String>,
    /// What could not be taken, in words, and what was typed in it.
    pub refused: Option<(String, String)>,
    /// The next statement to vote on; `None` where there is none, or it is closed.
    pub vote: Option<Vote>,
    /// The last vote of this reader, to be changed: the statement, and how they voted in words.
    pub last: Option<(Vote, String)>,
    /// With which voice this reader votes; asked once.
    pub voice: Option<Form>,
    /// To say something of one's own; `None` where that may not be.
    pub add: Option<Form>,
    /// What most people of every group agree with; only the words and who said them are told.
    pub agree: Vec<Quote>,
    /// What groups see in different ways.
    pub differ: Vec<Quote>,
    /// What this reader wrote, what became of it, and the form that asks for another look.
    pub yours: Vec<(Quote, String, Option<Form>)>,
    /// What became of what was said, the policy for what is shown, and the same as data.
    pub links: Vec<Link>,
    /// Said at the foot.
    pub notice: Option<String>,
}

/// A decision in plain words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicDecision {
    /// "Rivermead"
    pub place: String,
    /// The question that was asked.
    pub question: String,
    /// "20 November 2025"; empty while nothing is decided.
    pub decided: String,
    /// Whether it was looked at again, or something else has taken its place.
    pub is_past: bool,
    /// What has taken its place, and on which day: "20 November 2025".
    pub replaced: Option<(Link, String)>,
    /// What could be done, the choices not taken too.
    pub choices: Vec<PublicChoice>,
    /// What will be done, a sentence each.
    pub will: Vec<String>,
    /// Why.
    pub why: Vec<String>,
    /// What it should do.
    pub expect: Vec<String>,
    /// When it is stopped or changed.
    pub stop: Vec<String>,
    /// Who sees to it, and when it is looked at again.
    pub who: Vec<String>,
    /// Who settled it, by which rule and why, what came of the vote, and why not at a lower level.
    pub how: Vec<String>,
    /// Who may lose by it, and what is done about that.
    pub fair: Vec<String>,
    /// What those who settled it had to gain.
    pub interests: Vec<String>,
    /// Why it could not wait for those who were not heard.
    pub could_not_wait: Vec<String>,
    /// Who was heard.
    pub heard: Vec<String>,
    /// Who was not: a gap that everybody sees.
    pub not_heard: Vec<String>,
    /// Choices of which nobody tried what they would do.
    pub not_tried: Vec<String>,
    /// Whether it worked, where that is known.
    pub result: Vec<String>,
    /// What took its place, the papers, and the same as data.
    pub links: Vec<Link>,
    /// Said at the foot.
    pub notice: Option<String>,
}

/// One of the choices of a [`PublicDecision`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicChoice {
    /// "Go where the wait is"
    pub title: String,
    /// Whether it was taken.
    pub taken: bool,
    /// What it means, who gains and who loses.
    pub words: Vec<String>,
}

/// You said, so we.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicAnswers {
    /// "Rivermead"
    pub place: String,
    /// The question that was asked; empty for all of them.
    pub question: String,
    /// Statements with what became of them, and whether it is done already; only the words, who said them and the answer are told.
    pub rows: Vec<(Answer, bool)>,
    /// How many were answered, of how many: of all pages, not of this one.
    pub answered: [usize; 2],
    /// Where more is said, and the same as data.
    pub links: Vec<Link>,
    /// Said at the foot.
    pub notice: Option<String>,
}

/// The shared story in plain words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicStory {
    /// "Rivermead"
    pub place: String,
    /// "Why we are here", "What comes first", with the lines of each.
    pub parts: Vec<(String, Vec<PublicLine>)>,
    /// The same as data.
    pub links: Vec<Link>,
    /// Said at the foot.
    pub notice: Option<String>,
}

/// One line of a [`PublicStory`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicLine {
    /// "No one waits more than two days for help at home."
    pub words: String,
    /// How far we are, and who does not agree, a sentence or more each.
    pub notes: Vec<String>,
    /// Whether it was changed because of what people said.
    pub heard: bool,
    /// The page that shows it.
    pub evidence: Option<String>,
}

/// Every public page leads to the others.
pub(super) fn pages() -> Markup {
    let all = [
        ("/public", "Waits"),
        ("/public/story", "Our story"),
        ("/public/say", "Say"),
        ("/public/said", "What came of it"),
        ("/public/decisions", "Decisions"),
    ];
    html! { nav.top aria-label="All pages" { @for (href, words) in all { a href=(href) { (words) } " " } } }
}

fn whole(title: &str, place: &str, main: Markup) -> String {
    let named = if place.is_empty() { title.to_owned() } else { format!("{title} – {place}") };
    let main = html! {
        (pages())
        (main)
    };
    document(&named, &format!("{STYLE}{MORE}"), main)
}

fn links(all: &[Link]) -> Markup {
    html! { @if !all.is_empty() { ul { @for link in all { li { a href=(link.href) { (link.words) } } } } } }
}

fn foot(notice: &Option<String>) -> Markup {
    html! { @if let Some(notice) = notice { p { (notice) } } }
}

fn quote(q: &Quote) -> Markup {
    let lang = Some(q.lang.as_str()).filter(|l| !l.is_empty());
    html! { blockquote { p lang=[lang] dir="auto" { "“" (q.text) "”" } (in_others(&q.translations)) @if !q.by.is_empty() { p.by { (q.by) } } } }
}

/// A conversation as one document.
///
/// ```
/// use show::public::{PublicTalk, talk};
/// let html = talk(&PublicTalk { question: "What should change?".into(), until: "5 May".into(), ..Default::default() });
/// assert!(html.contains("You can take part until 5 May.") && !html.contains("<script"));
/// ```
pub fn talk(page: &PublicTalk) -> String {
    let mut wrongs: Vec<(String, Option<String>)> = page.add.iter().flat_map(faults).collect();
    let voted = |shown: &Vote| Some((shown.wrong.clone()?, Some(format!("vote-{}", shown.id))));
    wrongs.extend(page.vote.iter().filter_map(voted));
    let main = html! {
        h1 { (page.question) }
        (problems(&wrongs))
        @if let Some((why, typed)) = &page.refused { div.error-summary role="alert" {
            p { b { (why) } }
            @if !typed.is_empty() { p { "This is what you sent. You can copy it:" } blockquote { p dir="auto" { (typed) } } }
        } }
        p {
            "We ask this in " (if page.place.is_empty() { "this place" } else { &page.place }) ". "
            @if page.until.is_empty() { "It is closed now." } @else { "You can take part until " (page.until) "." }
        }
        @if !page.why.is_empty() { p { (page.why) } }
        p { (crate::chart::sentence(&page.people.say())) @if page.until.is_empty() { " voted." } @else { " have voted so far." } }
        @for note in &page.notes { p { (note) } }
        @if let Some(shown) = &page.vote {
            h2 { "What do you think?" }
            p { "Someone here wrote this. Do you agree? You can pass if you are not sure." }
            (vote(shown))
        }
        @else if !page.until.is_empty() { p { "You have seen all of it. Come back soon, or add your own words." } }
        @if let Some((last, words)) = page.last.as_ref().filter(|_| !page.until.is_empty()) { details {
            summary { "Your last vote is: " b { (words) } ". You can change it." }
            (vote(last))
        } }
        @if let Some(voice) = &page.voice { h2 { "Who are you?" } (form(voice)) }
        @if let Some(add) = &page.add {
            h2 { "Say it in your own words" }
            p { "Say one thing. Keep it short. Do not say who you are, or who someone else is." }
            (form(add))
        }
        @if !page.yours.is_empty() {
            h2 id="yours" { "What you wrote" }
            @for (q, words, again) in &page.yours { div.row {
                (quote(q)) p { (words) }
                @if let Some(again) = again { details { summary { "Ask us to look at it again" } (form(again)) } }
            } }
        }
        h2 { "What most of us agree on" }
        @if page.agree.is_empty() { p { "It is too soon to say." } }
        @for q in &page.agree { (quote(q)) }
        h2 { "What we do not all agree on" }
        @if page.differ.is_empty() { p { "It is too soon to say." } }
        @for q in &page.differ { (quote(q)) }
        h2 { "What comes next" }
        p { "A person reads each new line to check that it is safe to show. If it is not shown, we say why. Each line gets an answer. No one can see how you voted." }
        (links(&page.links))
        (foot(&page.notice))
    };
    let title = if wrongs.is_empty() { page.question.clone() } else { format!("Error: {}", page.question) };
    whole(&title, &page.place, main)
}

/// The questions that are asked, each with until when it is open or that it is closed.
///
/// ```
/// use show::{Link, public::talks};
/// let open = [(Link::new("What should change?", "/public/say/change"), "You can take part until 5 May.".to_owned())];
/// assert!(talks("Rivermead", &open, &[], &None).contains("You can take part until 5 May."));
/// ```
pub fn talks(place: &str, all: &[(Link, String)], more: &[Link], notice: &Option<String>) -> String {
    let main = html! {
        h1 { "Say what you think" }
        p { "Read what people say. Say if you agree. Add your own words. You need no name." }
        @if all.is_empty() { p { "We ask no one a thing right now. Come back soon." } }
        @for (link, words) in all { h2 { a href=(link.href) { (link.words) } } p { (words) } }
        (links(more))
        (foot(notice))
    };
    whole("Say what you think", place, main)
}

/// A decision as one document.
pub fn decided(page: &PublicDecision) -> String {
    let part = |title: &str, lines: &[String], none: &str| {
        html! { @if !lines.is_empty() || !none.is_empty() {
            h2 { (title) }
            @if lines.is_empty() { p { (none) } }
            @for line in lines { p { (line) } }
        } }
    };
    let main = html! {
        h1 { (page.question) }
        @if page.decided.is_empty() { p { "We have not made up our minds yet. This is what we may do." } }
        @else { p { "We made up our minds on " (page.decided) ". What we wrote then will not be changed." } }
        @if let Some((by, day)) = &page.replaced { div.gap {
            p { b { "We do this no more." } " On " (day) " something else took its place: " a href=(by.href) { (by.words) } }
        } }
        (part(match (page.decided.is_empty(), page.is_past) {
            (true, _) => "What we may do",
            (_, false) => "What we will do",
            (_, true) => "What we said we would do",
        }, &page.will, "We do not know yet."))
        (part("Did it work?", &page.result, if page.decided.is_empty() { "" } else { "It is too soon to say." }))
        (part("Why", &page.why, ""))
        @if !page.choices.is_empty() {
            h2 { "What we could do" }
            @for choice in &page.choices {
                p { b { (choice.title) @if choice.taken { " (we chose this)" } } }
                @for words in &choice.words { p { (words) } }
            }
        }
        (part("What we hope will come of it", &page.expect, ""))
        (part("We will stop if", &page.stop, ""))
        (part("Who will see to it", &page.who, ""))
        (part("Is it fair?", &page.fair, ""))
        h2 { "Who we heard" }
        @if page.heard.is_empty() { p { "We have not heard from anyone yet." } }
        @else { ul { @for who in &page.heard { li { (who) } } } }
        @if !page.not_heard.is_empty() { div.gap {
            p { b.worse { "Not heard yet" } }
            ul { @for who in &page.not_heard { li { (who) } } }
        } }
        @if !page.not_tried.is_empty() { div.gap {
            p { b.worse { "We did not try what these would do" } }
            ul { @for what in &page.not_tried { li { (what) } } }
        } }
        (part("Why it could not wait", &page.could_not_wait, ""))
        (part("How it is settled", &page.how, ""))
        (part("What those who settle it may gain", &page.interests, ""))
        (links(&page.links))
        (foot(&page.notice))
    };
    whole(&page.question, &page.place, main)
}

/// Questions and decisions, each with a line about it, as one document; `parts` are a title with those under it.
pub fn decisions(place: &str, parts: &[(String, Vec<(Link, String)>)], notice: &Option<String>) -> String {
    let main = html! {
        h1 { "What we decide, and why" }
        p { "Each of these has its own page. You can read what we asked, who we heard, what we will do and if it worked." }
        @for (title, rows) in parts.iter().filter(|part| !part.1.is_empty()) {
            h2 { (title) }
            ul { @for (link, words) in rows { li { a href=(link.href) { (link.words) } @if !words.is_empty() { br; (words) } } } }
        }
        @if parts.iter().all(|part| part.1.is_empty()) { p { "We have not asked or settled anything here yet." } }
        (foot(notice))
    };
    whole("What we decide, and why", place, main)
}

/// The shared story as one document.
///
/// ```
/// use show::public::{PublicLine, PublicStory, story};
/// let line = PublicLine { words: "No one waits at night.".into(), heard: true, ..PublicLine::default() };
/// let html = story(&PublicStory { parts: vec![("What comes first".into(), vec![line])], ..PublicStory::default() });
/// assert!(html.contains("No one waits at night.") && html.contains("because of what you said"));
/// ```
pub fn story(page: &PublicStory) -> String {
    let place = if page.place.is_empty() { "this place" } else { &page.place };
    let main = html! {
        h1 { "What we are here for" }
        p { "All who give care in " (place) " wrote this, and all can ask to change it." }
        @if page.parts.iter().all(|part| part.1.is_empty()) { p { "No one has written a line yet." } }
        @for (title, lines) in page.parts.iter().filter(|part| !part.1.is_empty()) {
            h2 { (title) }
            ul { @for line in lines { li {
                p dir="auto" { (line.words) }
                @for note in &line.notes { p.by { (note) } }
                @if let Some(page) = &line.evidence { p.by { a href=(page) { "See what shows this" } } }
                @if line.heard { p.by { "We changed this because of what you said. " a href="/public/said" { "See what else you changed" } "." } }
            } } }
        }
        p { "Do you see it in another way? " a href="/public/say" { "Tell us" } "." }
        (links(&page.links))
        (foot(&page.notice))
    };
    whole("What we are here for", &page.place, main)
}

/// What became of what was said, as one document.
pub fn answers(page: &PublicAnswers) -> String {
    let [answered, all] = page.answered;
    let main = html! {
        h1 { "You said, so we" }
        @if !page.question.is_empty() { p { "We asked: " b { (page.question) } } }
        @if all == 0 { p { "No one has said a thing yet." } }
        @else { p { "Each line that you wrote gets an answer. So far " (answered) " of " (all) " have one." } }
        @for (row, done) in &page.rows { div.row {
            (quote(&row.quote))
            p { b { @match row.outcome {
                Outcome::Adopted if *done => "We did it.",
                Outcome::Adopted => "We said yes.",
                Outcome::Adapted => "We said yes to part of it.",
                Outcome::Declined => "We said no. This is why:",
                Outcome::Waiting => span.worse { "No answer yet." },
            } } @if !row.words.is_empty() { " " (row.words) } }
            @if !row.links.is_empty() { p { "What it changed:" } (links(&row.links)) }
        } }
        (links(&page.links))
        (foot(&page.notice))
    };
    whole("You said, so we", &page.place, main)
}

/// What was kept out of a conversation: when and what, and why; never the words.
pub fn kept_out(
    place: &str,
    question: &str,
    rows: &[(String, String)],
    more: &[Link],
    notice: &Option<String>,
) -> String {
    let main = html! {
        h1 { "What we did not show, and why" }
        p { "We asked: " b { (question) } }
        p { "A person reads each line first. We do not show a line if it names someone, if it is rude, if it sells a thing or if it is not about this. We do not show the words here. We do show why." }
        @if rows.is_empty() { p { "We have shown all of it so far." } }
        @for (what, why) in rows { div.row { p { (what) } @if !why.is_empty() { p { "Why: " (why) } } } }
        (links(more))
        (foot(notice))
    };
    whole("What we did not show, and why", place, main)
}

/// That there is no such page.
pub fn missing(place: &str, notice: &Option<String>) -> String {
    let main = html! {
        h1 { "We do not have this page" }
        p { "It may have moved, or there may be a slip in its name. Start from one of the pages at the top." }
        (foot(notice))
    };
    whole("We do not have this page", place, main)
}

#[cfg(test)]
mod tests {
    use super::super::age::{grade, words};
    use super::super::suppress;
    use super::*;
    use crate::view::{Entry, Field};

    fn said(text: &str, by: &str) -> Quote {
        let splits = vec![crate::room::Split { group: "Group 1".into(), of_100: Some([92, 4, 4]), voted: 7 }];
        Quote { text: text.into(), by: by.into(), splits, ..Quote::default() }
    }

    fn link(words: &str, href: &str) -> Link {
        Link::new(words, href)
    }

    fn going_home() -> PublicTalk {
        PublicTalk {
            place: "Rivermead".into(),
            question: "What would help you feel safe when you go home?".into(),
            why: "We want to know what would help most.".into(),
            until: "5 December".into(),
            people: suppress(46),
            vote: Some(Vote {
                id: "vote".into(),
                quote: said("No one should wait in bed for a form.", ""),
                at: (4, 12),
                send_to: "/public/say/home/vote".into(),
                kept: vec![("token".into(), "once-1".into())],
                ..Vote::default()
            }),
            add: Some(Form {
                id: "say".into(),
                send_to: "/public/say/home".into(),
                post: true,
                fields: vec![Field {
                    name: "text".into(),
                    label: "Your words".into(),
                    entry: Entry::Long,
                    most: 140,
                    required: true,
                    ..Field::default()
                }],
                button: "Add it".into(),
                ..Form::default()
            }),
            agree: vec![said("No one should wait in bed for a form.", "A nurse")],
            differ: vec![said("Beds are quick to get.", "A man in Holt Valley")],
            yours: vec![(said("Ring me the day before.", "A nurse"), "A person reads it first.".into(), None)],
            last: Some((Vote { id: "last".into(), ..Vote::default() }, "agree".into())),
            notes: vec!["We know who 30 of 46 people speak for.".into()],
            refused: None,
            voice: None,
            notice: None,
            links: vec![link("What we did with it", "/public/said"), link("The same as data", "/public/say/home.json")],
        }
    }

    fn shared() -> PublicDecision {
        let one = |text: &str| vec![text.to_owned()];
        PublicDecision {
            place: "Rivermead".into(),
            question: "How should we share the money to help people go home?".into(),
            decided: "20 November 2025".into(),
            will: one("We will spend it where the wait is long."),
            why: one("More people can go home there."),
            expect: one("We hope that the wait falls from 5 days to 3."),
            stop: one("We will stop if the wait does not fall in six weeks."),
            who: one("The head of home care. We look at it again on 12 January."),
            heard: one("Nurses on the wards"),
            is_past: false,
            choices: vec![
                PublicChoice {
                    title: "Go where the wait is".into(),
                    taken: true,
                    words: one("Places with a long wait gain. Places with a short one do not."),
                },
                PublicChoice { title: "Change nothing".into(), taken: false, words: vec![] },
            ],
            how: one("The care board settled it. All of us can live with it."),
            fair: one("Who may lose by it: people in a place with a short wait."),
            interests: one("The care homes would be paid for beds."),
            could_not_wait: vec![],
            not_heard: one("People who care for someone at home"),
            not_tried: one("Share by how many live there"),
            replaced: None,
            result: vec![],
            links: vec![link("The same as data", "/public/decisions/share.json")],
            notice: None,
        }
    }

    fn of_rivermead() -> PublicStory {
        let line = |words: &str, notes: &[&str], heard| PublicLine {
            words: words.into(),
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
            heard,
            evidence: None,
        };
        let parts = vec![
            (
                "Why we are here".to_owned(),
                vec![line("No one should be in hospital who could be at home.", &[], false)],
            ),
            (
                "What comes first".to_owned(),
                vec![line("Help at home starts within two days.", &["Not all of us think that this is so."], true)],
            ),
            ("What we know".to_owned(), vec![]),
        ];
        let links = vec![link("The same as data", "/public/story.json")];
        PublicStory { place: "Rivermead".into(), parts, links, notice: None }
    }

    #[test]
    fn the_story_says_what_people_changed_and_leads_to_where_they_can() {
        let html = story(&of_rivermead());
        assert_eq!(html.matches("because of what you said").count(), 1, "{html}");
        for part in
            ["<h2>What comes first</h2>", "Not all of us", "href=\"/public/say\"", "href=\"/public/story.json\""]
        {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(!html.contains("What we know"), "{html}");
        assert!(story(&PublicStory::default()).contains("No one has written a line yet."));
    }

    fn said_so() -> PublicAnswers {
        let row = |text: &str, outcome, words: &str| Answer {
            quote: said(text, "A nurse"),
            outcome,
            words: words.into(),
            links: vec![link("The plan", "/public/plan")],
        };
        let row = |text: &str, outcome, words: &str| (row(text, outcome, words), text.starts_with("Move"));
        PublicAnswers {
            place: "Rivermead".into(),
            question: "What would help you feel safe when you go home?".into(),
            rows: vec![
                row("Move the money each month.", Outcome::Adopted, "It now moves on the first Monday."),
                row("Ask us first.", Outcome::Adapted, "We call you the day before."),
                row("Open the old ward.", Outcome::Declined, "It has no air for sick people."),
                row("Let night staff park.", Outcome::Waiting, "We asked 12 days ago."),
            ],
            answered: [3, 99],
            links: vec![],
            notice: Some("Made up.".into()),
        }
    }

    #[test]
    fn yes_is_not_yet_done_and_totals_are_of_all_pages() {
        let html = answers(&said_so());
        assert!(html.contains("So far 3 of 99 have one."), "{html}");
        assert!(html.contains("We did it.") && html.contains("We said yes to part of it."));
        let mut not_yet = said_so();
        not_yet.rows[0].1 = false;
        let html = answers(&not_yet);
        assert!(html.contains("We said yes.") && !html.contains("We did it."), "{html}");
    }

    #[test]
    fn a_form_that_came_too_late_gives_the_words_back_at_the_top() {
        let refused = Some(("It is closed now.".to_owned(), "<b>Ring me".to_owned()));
        let html = talk(&PublicTalk { refused, ..going_home() });
        assert!(html.find("&lt;b&gt;Ring me").unwrap() < html.find("What do you think?").unwrap(), "{html}");
    }

    fn all() -> Vec<String> {
        let empty =
            [talk(&PublicTalk::default()), decided(&PublicDecision::default()), answers(&PublicAnswers::default())];
        let log = [("On 5 May line 3 was not shown.".to_owned(), "It names a nurse.".to_owned())];
        let small = [kept_out("Rivermead", "What would help?", &log, &[], &None), missing("Rivermead", &None)];
        [talk(&going_home()), decided(&shared()), answers(&said_so()), story(&of_rivermead())]
            .into_iter()
            .chain(empty)
            .chain(small)
            .collect()
    }

    #[test]
    fn a_child_of_eleven_can_read_them() {
        for html in all() {
            let text = words(&html);
            assert!(grade(&text) <= 6.0, "grade {}: {text}", grade(&text));
        }
    }

    #[test]
    fn they_are_small_and_ask_nobody() {
        let many = PublicTalk { agree: vec![said(&"Long words. ".repeat(20), "A nurse"); 120], ..going_home() };
        for html in all().into_iter().chain([talk(&many)]) {
            assert!(html.len() < 50_000, "{} bytes", html.len());
            for never in
                ["<script", "http", "src=", "@import", "@font-face", "url(", "onclick", "/assets", "Set-Cookie"]
            {
                assert!(!html.contains(never), "{never}");
            }
        }
    }

    #[test]
    fn one_votes_and_speaks_without_script() {
        let html = talk(&going_home());
        for part in [
            "action=\"/public/say/home/vote\" method=\"post\"",
            "name=\"vote\" value=\"agree\"",
            "value=\"pass\"",
            "name=\"token\" value=\"once-1\"",
            "action=\"/public/say/home\" method=\"post\"",
            "maxlength=\"140\"",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(!talk(&PublicTalk { vote: None, add: None, until: String::new(), ..going_home() }).contains("<form"));
    }

    #[test]
    fn how_groups_voted_and_how_few_they_are_never_comes_here() {
        let html = talk(&PublicTalk { people: suppress(7), ..going_home() });
        assert!(
            html.contains("Fewer than 10 people have voted so far.")
                && !html.contains("92")
                && !html.contains("Group 1")
        );
        assert!(!answers(&said_so()).contains("92"));
    }

    #[test]
    fn who_was_not_heard_is_a_gap_that_says_so() {
        let html = decided(&shared());
        assert!(html.contains("Not heard yet") && html.contains("<li>People who care for someone at home</li>"));
        assert!(decided(&PublicDecision { decided: String::new(), ..shared() }).contains("What we may do"));
        // What has taken its place is said before anything else.
        let replaced = Some((link("How do we share it now?", "/public/decisions/now"), "1 May 2026".to_owned()));
        let html = decided(&PublicDecision { replaced, ..shared() });
        let (first, then) = (html.find("We do this no more.").unwrap(), html.find("<h2>").unwrap());
        assert!(first < then && html.contains("How do we share it now?"));
    }

    #[test]
    fn what_people_write_is_words_and_never_markup() {
        let bad = "</p><script>alert(1)</script>";
        let quote = Quote { lang: "\"><b>".into(), ..said(bad, bad) };
        let page = PublicTalk {
            question: bad.into(),
            place: bad.into(),
            until: bad.into(),
            agree: vec![quote.clone()],
            links: vec![link(bad, "\"><script")],
            ..going_home()
        };
        let row = (Answer { quote, words: bad.into(), ..Answer::default() }, false);
        let decision = PublicDecision { will: vec![bad.into()], not_heard: vec![bad.into()], ..shared() };
        for html in [talk(&page), answers(&PublicAnswers { rows: vec![row], ..said_so() }), decided(&decision)] {
            assert!(!html.contains("<script") && !html.contains("<b>\""), "{html}");
        }
    }

    #[test]
    fn a_statement_keeps_its_language_and_direction() {
        let arabic = Quote { lang: "ar".into(), ..said("لا ينبغي لأحد أن ينتظر", "A father") };
        let html = talk(&PublicTalk { agree: vec![arabic], ..going_home() });
        assert!(html.contains("<p lang=\"ar\" dir=\"auto\">“لا ينبغي"), "{html}");
    }

    #[test]
    fn golden() {
        insta::assert_snapshot!(all()[..4].join("\n").replace("><", ">\n<"));
    }
}
