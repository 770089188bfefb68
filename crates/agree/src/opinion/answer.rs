//! A reference case in, its answer out: for tests beside other programs, and for pipelines.

use super::{
    Backed, Choice, Conversation, Moderated, Moderation, Opinion, Options, Problem, Representative, Tally, Vote,
    common_ground, find, group_informed_consensus, read,
};
use serde_json::{Map as Object, Value, json};

/// Why a case has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It is no JSON.
    #[error("the case is no JSON")]
    Json(#[from] serde_json::Error),
    /// A field is not what it must be.
    #[error("`{field}` must be {must}")]
    Field {
        /// The field.
        field: String,
        /// What it must be.
        must: &'static str,
    },
    /// The folder that it names is nowhere.
    #[error("no votes: looked for {0}")]
    NoVotes(String),
}

/// Answer one case of `cases/opinion.json`: a JSON object that says which conversation and, where it differs from Polis, how.
///
/// | Field | |
/// | --- | --- |
/// | `name` (or `folder`) | a folder with `votes.csv` and `statements.csv` (or `comments.csv`), here or in `../shared/data/polis` |
/// | `votes` | in place of a folder: a list of `[participant, statement, vote]`, or of objects with those names and `timestamp_ms`; or CSV text |
/// | `moderated_out` | statements, in place of what the folder says |
/// | `groups` | lists of participants: given groups, in place of found ones |
/// | `min_votes`, `k_min`, `k_max`, `k`, `confidence`, `prior`, `pick`, `top`, `sample`, `moderated` (`zeroed` or `left_out`), `meta`, `resamples` | as in [`Options`]; also inside `parameters` |
///
/// The answer has the names of the cases. It lists groups person by person, so it is not for publication: that is [`super::report()`].
///
/// # Errors
/// When the text is no such object, or `open`, which reads a file by its path, finds no votes.
pub fn answer(case: &str, open: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<String, AnswerError> {
    let case: Value = serde_json::from_str(case)?;
    let Value::Object(case) = case else { return Err(wrong("case", "an object")) };
    let case = Case(case);
    let (mut conversation, problems) = case.conversation(open)?;
    if let Some(out) = case.ids("moderated_out")? {
        conversation.statements.values_mut().for_each(|statement| statement.moderation = Moderation::In);
        out.iter().for_each(|id| conversation.statements.entry(*id).or_default().moderation = Moderation::Out);
    }
    for id in case.ids("meta")?.unwrap_or_default() {
        conversation.statements.entry(id).or_default().meta = true;
    }
    let options = case.options()?;
    let given = case.groups()?;
    let opinion = find(&conversation, &options, given.as_deref());
    let top = case.count(&["top"])?.unwrap_or(10);
    let sample = case.count(&["sample"])?.unwrap_or(12);
    let mut told = told(&case.0, &conversation, &opinion, top, sample);
    told["problems"] = json!(problems);
    Ok(told.to_string())
}

fn told(
    case: &Object<String, Value>,
    conversation: &Conversation,
    opinion: &Opinion,
    top: usize,
    sample: usize,
) -> Value {
    let votes = conversation.votes();
    let statements = opinion.standings.len();
    let cells = (opinion.participants * statements).max(1) as f64;
    let list = |value: &dyn Fn(&[Tally]) -> f64| -> Value {
        let mut all =
            if opinion.groups.is_empty() { vec![] } else { opinion.ranking(|standing| value(&standing.groups)) };
        all.truncate(top);
        all.into_iter().map(|(statement, value)| json!({ "statement": statement, "value": round(value) })).collect()
    };
    let loadings = |axis: usize| -> Value {
        let mut all: Vec<(u64, f64)> =
            opinion.standings.iter().map(|standing| (standing.statement, standing.loadings[axis].abs())).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.into_iter().take(5).map(|(statement, abs)| json!({ "statement": statement, "abs": round(abs) })).collect()
    };
    let priority = |which: usize| -> Value {
        let shown = opinion.standings.iter().filter(|standing| !standing.out).take(sample);
        shown
            .map(|standing| json!({ "statement": standing.statement, "value": round(standing.priority[which]) }))
            .collect()
    };
    let representative = |group| opinion.representative(group).iter().map(one_told).collect::<Vec<Value>>();
    let consensus = |choice| opinion.consensus(choice).iter().map(one_backed).collect::<Vec<Value>>();
    let tried: Object<String, Value> = opinion
        .tried
        .iter()
        .map(|tried| {
            let told = json!({
                "inertia": round(tried.inertia), "silhouette": round(tried.silhouette), "sizes": tried.sizes,
            });
            (tried.sizes.len().to_string(), told)
        })
        .collect();
    let out: Vec<u64> =
        opinion.standings.iter().filter(|standing| standing.out).map(|standing| standing.statement).collect();
    let ratio = |axis: usize| {
        if opinion.variance_in_all > 0.0 { opinion.variance[axis] / opinion.variance_in_all } else { 0.0 }
    };
    json!({
        "name": case.get("name").or(case.get("folder")),
        "participants": opinion.participants,
        "statements": statements,
        "votes": votes,
        "density": (votes as f64 / cells * 1e5).round() / 1e5,
        "moderated_out": out,
        "clustered": opinion.placed,
        "pca": {
            "explained_variance": opinion.variance.map(round),
            "explained_ratio": [round(ratio(0)), round(ratio(1))],
            "top_loadings": [loadings(0), loadings(1)],
        },
        "k": tried,
        "best_k": opinion.best_k,
        "group_sizes": opinion.group_sizes(),
        "groups": opinion.groups,
        "group_informed_consensus_agree": list(&|groups| group_informed_consensus(groups, Choice::Agree)),
        "group_informed_consensus_disagree": list(&|groups| group_informed_consensus(groups, Choice::Disagree)),
        "consensus_effective_agreement": list(&|groups| common_ground(groups, Choice::Agree)),
        "consensus": { "agree": consensus(Choice::Agree), "disagree": consensus(Choice::Disagree) },
        "representative": (0..opinion.groups.len()).map(representative).collect::<Vec<_>>(),
        "priority": { "sample_virtual_agree": priority(1), "sample_virtual_disagree": priority(0) },
        "firmness": opinion.firmness,
        "not_yet": opinion.not_yet,
    })
}

fn one_backed(backed: &Backed) -> Value {
    json!({
        "statement": backed.statement, "n_success": backed.n_success, "n_trials": backed.n_trials,
        "p": round(backed.p), "p_test": round(backed.p_test),
    })
}

fn one_told(told: &Representative) -> Value {
    let mut value = one_backed(&told.backed);
    value["direction"] = json!(told.backed.direction);
    value["repness"] = json!(round(told.repness));
    value["repness_test"] = json!(round(told.repness_test));
    value
}

/// To eight places, as the cases.
fn round(value: f64) -> f64 {
    (value * 1e8).round() / 1e8
}

fn wrong(field: &str, must: &'static str) -> AnswerError {
    AnswerError::Field { field: field.to_owned(), must }
}

struct Case(Object<String, Value>);

impl Case {
    fn get(&self, name: &str) -> Option<&Value> {
        let inside = ["parameters", "params", "options"].into_iter().find_map(|object| self.0.get(object)?.get(name));
        inside.or_else(|| self.0.get(name)).filter(|value| !value.is_null())
    }

    fn conversation(
        &self,
        open: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<(Conversation, Vec<Problem>), AnswerError> {
        match self.get("votes") {
            Some(Value::String(text)) => return Ok(read(&[("votes", text.as_bytes())])),
            Some(Value::Array(rows)) => {
                let mut conversation = Conversation::default();
                for row in rows {
                    let vote =
                        vote(row).ok_or_else(|| wrong("votes", "a list of [participant, statement, -1, 0 or 1]"))?;
                    conversation.cast(vote);
                }
                return Ok((conversation, vec![]));
            }
            _ => {}
        }
        let names = ["folder", "data", "name"].into_iter().filter_map(|name| self.get(name)?.as_str());
        let mut looked = vec![];
        for name in names {
            for base in ["", "../shared/data/polis/", "shared/data/polis/", "../../../shared/data/polis/"] {
                let path = format!("{base}{name}/votes.csv");
                if let Some(votes) = open(&path) {
                    let statements = ["statements.csv", "comments.csv"]
                        .iter()
                        .find_map(|file| open(&format!("{base}{name}/{file}")));
                    let statements = statements.unwrap_or_else(|| b"statement,text".to_vec());
                    return Ok(read(&[("votes.csv", &votes), ("statements.csv", &statements)]));
                }
                looked.push(path);
            }
        }
        Err(AnswerError::NoVotes(if looked.is_empty() {
            "`name`, `folder` or `votes`".to_owned()
        } else {
            looked.join(", ")
        }))
    }

    fn options(&self) -> Result<Options, AnswerError> {
        let standard = Options::default();
        let [k_min, k_max] =
            [&["k_min", "min_group_count"], &["k_max", "max_group_count"]].map(|names| self.count(names));
        let one = match self.get("k") {
            Some(Value::Object(_)) => None,
            _ => self.count(&["k", "force_group_count"])?,
        };
        let groups = match one {
            Some(k) => k..=k,
            None => k_min?.unwrap_or(*standard.groups.start())..=k_max?.unwrap_or(*standard.groups.end()),
        };
        let real = |names: &[&str]| match names.iter().find_map(|name| self.get(name)) {
            Some(value) => value.as_f64().map(Some).ok_or_else(|| wrong(names[0], "a number")),
            None => Ok(None),
        };
        let significant_z = match (real(&["significant_z", "z"])?, real(&["confidence"])?) {
            (Some(z), _) => z,
            (None, Some(confidence)) if 0.0 < confidence && confidence < 1.0 => normal_quantile(confidence),
            (None, Some(_)) => return Err(wrong("confidence", "between 0 and 1")),
            (None, None) => standard.significant_z,
        };
        Ok(Options {
            min_votes: self.count(&["min_votes", "min_user_vote_threshold"])?.unwrap_or(standard.min_votes),
            groups,
            smallest_group: self.count(&["smallest_group", "min_group_size"])?.unwrap_or(standard.smallest_group),
            moderated: match self.get("moderated").map(|value| value.as_str().unwrap_or_default()) {
                None | Some("zeroed" | "zero") => Moderated::Zeroed,
                Some("left_out" | "excluded" | "exclude") => Moderated::LeftOut,
                Some(_) => return Err(wrong("moderated", "`zeroed` or `left_out`")),
            },
            prior: real(&["prior", "pseudo_count"])?.unwrap_or(standard.prior),
            significant_z,
            pick: self.count(&["pick", "pick_max"])?.unwrap_or(standard.pick),
            resamples: self.count(&["resamples"])?.unwrap_or(standard.resamples),
        })
    }

    fn count(&self, names: &[&str]) -> Result<Option<usize>, AnswerError> {
        match names.iter().find_map(|name| self.get(name)) {
            Some(value) => {
                let count = value.as_u64().ok_or_else(|| wrong(names[0], "a whole number"))?;
                Ok(Some(count as usize))
            }
            None => Ok(None),
        }
    }

    fn ids(&self, name: &str) -> Result<Option<Vec<u64>>, AnswerError> {
        match self.get(name) {
            Some(value) => ids(value).map(Some).ok_or_else(|| wrong(name, "a list of whole numbers")),
            None => Ok(None),
        }
    }

    fn groups(&self) -> Result<Option<Vec<Vec<u64>>>, AnswerError> {
        let Some(value) = self.get("groups").or(self.get("given_groups")) else { return Ok(None) };
        let groups = value.as_array().and_then(|groups| groups.iter().map(ids).collect::<Option<Vec<_>>>());
        groups.map(Some).ok_or_else(|| wrong("groups", "a list of lists of participants"))
    }
}

fn ids(value: &Value) -> Option<Vec<u64>> {
    value.as_array()?.iter().map(Value::as_u64).collect()
}

fn vote(row: &Value) -> Option<Vote> {
    let field = |place: usize, names: &[&str]| match row {
        Value::Array(fields) => fields.get(place),
        _ => names.iter().find_map(|name| row.get(name)),
    };
    Some(Vote {
        participant: field(0, &["participant", "participant_id"])?.as_u64()?,
        statement: field(1, &["statement", "statement_id"])?.as_u64()?,
        choice: Choice::from_number(field(2, &["vote"])?.as_i64()?)?,
        at: field(3, &["timestamp_ms", "modified"]).and_then(Value::as_i64),
    })
}

/// Standard errors below which a normal value lies with this probability: bisection on the error function's continued fraction.
fn normal_quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (-9.0, 9.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if normal_below(middle) < probability { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The normal distribution function, by its Taylor series about nought (Marsaglia 2004, *Journal of Statistical Software* 11(4)).
fn normal_below(z: f64) -> f64 {
    let (mut sum, mut term, mut i) = (z, z, 1.0);
    while sum + term != sum || i < 3.0 {
        i += 2.0;
        term *= z * z / i;
        sum += term;
        if i > 1000.0 {
            break;
        }
    }
    0.5 + sum * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}
