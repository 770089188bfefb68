use super::*;
use proptest::prelude::*;

fn names(options: &[&str]) -> Vec<String> {
    options.iter().map(|name| (*name).to_owned()).collect()
}

/// Ballots written as `5 ACBED, 3 CABED`: how many, then options best first.
fn ballots(text: &str, options: &[String]) -> Vec<Ranking> {
    let at = |name: char| options.iter().position(|option| option.starts_with(name)).unwrap();
    text.split(", ")
        .flat_map(|line| {
            let (count, order) = line.split_once(' ').unwrap();
            vec![Ranking::strict(order.chars().map(at)).unwrap(); count.parse().unwrap()]
        })
        .collect()
}

fn order(options: &[String], found: &[usize]) -> String {
    found.iter().map(|&option| options[option].chars().next().unwrap()).collect()
}

const TENNESSEE: &str = "42 MNCK, 26 NCKM, 15 CKNM, 17 KCNM";

#[test]
fn the_published_example_of_45_ballots_orders_e_a_c_b_d() {
    let options = names(&["A", "B", "C", "D", "E"]);
    let cast = ballots("5 ACBED, 5 ADECB, 8 BEDAC, 3 CABED, 7 CAEBD, 2 CBADE, 7 DCEBA, 8 EBADC", &options);
    let found = schulze(&cast, &options, Lot::new("any")).unwrap();
    assert_eq!(order(&options, &found.order), "EACBD");
    assert_eq!(found.pairs.0[0], [0, 20, 26, 30, 22]);
    let paths =
        [[0, 28, 28, 30, 24], [25, 0, 28, 33, 24], [25, 29, 0, 29, 24], [25, 28, 28, 0, 24], [25, 28, 28, 31, 0]];
    assert_eq!(found.paths, paths);
}

#[test]
fn tennessee_chooses_nashville_one_to_one_and_knoxville_by_transfers() {
    let options = names(&["Memphis", "Nashville", "Chattanooga", "Knoxville"]);
    let cast = ballots(TENNESSEE, &options);
    let pairs = Pairwise::count(&cast, 4).unwrap();
    assert_eq!(condorcet_winner(&pairs), Some(1));
    assert_eq!(smith_set(&pairs), [1]);
    assert_eq!(schulze(&cast, &options, Lot::new("any")).unwrap().winners, [1]);
    let count = transferable_vote(&cast, &options, 1, Lot::new("any")).unwrap();
    assert_eq!(count.elected, [3]);
    let last: Vec<String> = count.stages.last().unwrap().votes.iter().map(Value::to_string).collect();
    assert_eq!(last, ["42.00000", "0.00000", "0.00000", "58.00000"]);
}

/// The example of Yingtong Li's "STV primer" (2022), parts 4 and 5: 100 papers, three seats, quota 26. Its standings after the
/// fish owner is excluded are 35, 19, 26, 20; then the 9 over are passed on from all 35 papers.
#[test]
fn a_surplus_is_passed_on_from_all_papers_at_its_weight() {
    let options = names(&["1 dog", "2 dog", "3 cat", "4 cat", "5 fish"]);
    let cast = ballots("21 12534, 19 21534, 40 34512, 6 43512, 7 51234, 6 51342, 1 51", &options);
    let count = transferable_vote(&cast, &options, 3, Lot::new("any")).unwrap();
    assert_eq!(count.quota, Value(2_600_000));
    let votes = |stage: usize| count.stages[stage].votes.iter().map(Value::to_string).collect::<Vec<_>>();
    assert_eq!(count.stages[1].kind, StageKind::Surplus(2));
    assert_eq!(votes(1), ["21.00000", "19.00000", "26.00000", "20.00000", "14.00000"]);
    assert_eq!(count.stages[2].kind, StageKind::Excluded(4));
    assert_eq!(votes(2), ["35.00000", "19.00000", "26.00000", "20.00000", "0.00000"]);
    // 9 / 35 = 0.25714 to five places: 28 papers go to the second dog owner, 6 past the elected cat owner to the other one.
    assert_eq!(votes(3), ["26.00000", "26.19992", "26.00000", "21.54284", "0.00000"]);
    assert_eq!(count.stages[3].lost.to_string(), "0.25724");
    assert_eq!(count.elected, [2, 0, 1]);
}

/// Wikipedia, "Counting single transferable votes": 57 papers, two seats, quota 20.
#[test]
fn andrea_and_carter_are_elected() {
    let options = names(&["Andrea", "Brad", "Carter", "Delilah"]);
    let cast = ballots("16 ABCD, 24 ACBD, 17 DABC", &options);
    let count = transferable_vote(&cast, &options, 2, Lot::new("any")).unwrap();
    assert_eq!(count.quota.to_string(), "20.00000");
    let after: Vec<String> = count.stages[1].votes.iter().map(Value::to_string).collect();
    assert_eq!(after, ["20.00000", "8.00000", "12.00000", "17.00000"]);
    assert_eq!(order(&options, &count.elected), "AC");
}

#[test]
fn a_tie_goes_to_who_led_at_the_last_stage_that_differs_and_else_by_a_lot_that_all_can_draw() {
    let options = names(&["A", "B", "C", "D"]);
    // B 4, A 3, C 2, D 1: when D goes, its paper makes C equal to A; A had more before, so C goes.
    let count = transferable_vote(&ballots("4 B, 3 A, 2 C, 1 DC", &options), &options, 1, Lot::new("any")).unwrap();
    assert_eq!(count.stages[2].kind, StageKind::Excluded(2));
    assert!(!count.stages[2].by_lot);
    let even = ballots("1 A, 1 B", &options[..2]);
    let drawn = |word: &str| transferable_vote(&even, &options[..2], 1, Lot::new(word)).unwrap();
    assert!(drawn("x").stages[1].by_lot);
    assert_eq!(drawn("x"), drawn("x"));
    let chosen: BTreeSet<usize> = (0..40).map(|word| drawn(&word.to_string()).elected[0]).collect();
    assert_eq!(chosen.len(), 2, "a lot that always falls one way is none");
}

#[test]
fn a_paper_stops_where_two_share_a_place_and_unranked_options_are_last() {
    let options = names(&["A", "B", "C"]);
    let split = Ranking::new([vec![0], vec![1, 2]]).unwrap();
    let cast = [vec![split; 4], ballots("3 B, 2 C", &options)].concat();
    let count = transferable_vote(&cast, &options, 2, Lot::new("any")).unwrap();
    assert_eq!(count.quota, Value(4 * Value::ONE)); // 9 / 3 + 1
    assert_eq!(count.elected, [0, 1]);
    let pairs = Pairwise::count(&ballots("1 B", &options), 3).unwrap();
    assert_eq!(pairs.0, [[0, 0, 0], [1, 0, 1], [0, 0, 0]]);
}

#[test]
fn wrong_ballots_are_refused_by_name() {
    let options = names(&["A", "B"]);
    assert_eq!(Ranking::strict([1, 1]), Err(VoteError::RankedTwice { option: 1 }));
    let beyond = [Ranking::strict([2]).unwrap()];
    assert_eq!(schulze(&beyond, &options, Lot::new("any")), Err(VoteError::NoSuchOption { option: 2, options: 2 }));
    assert_eq!(
        transferable_vote(&[], &names(&["A", "A"]), 1, Lot::new("any")),
        Err(VoteError::SameName { name: "A".into() })
    );
    assert_eq!(transferable_vote(&[], &options, 0, Lot::new("any")), Err(VoteError::NoSeats));
}

/// Members m0, m1, … of the perspectives given, and what each says: `+`, `-` (with a reason), `!` (without), `0`, `.` silent,
/// `c` conflicted.
fn settle(perspectives: &[&str], says: &str, rule: Rule) -> Verdict {
    let members = says.chars().zip(perspectives).enumerate().map(|(at, (say, perspective))| {
        let member = Member::new(format!("m{at}"), *perspective);
        if say == 'c' { member.conflicted("owns the home") } else { member }
    });
    let mut sealed = Ballots::sealed(Roll::new(members).unwrap(), Instant(0), Instant(9), Secrecy::Named).unwrap();
    for (at, say) in says.chars().enumerate() {
        let say = match say {
            '+' => Say::For,
            '-' => Say::Against { reason: "harm".into() },
            '!' => Say::Against { reason: "  ".into() },
            '0' => Say::Pass,
            _ => continue,
        };
        sealed.cast(&format!("m{at}"), say, Instant(1)).unwrap();
    }
    sealed.open(Instant(9)).unwrap().settle(&rule).unwrap()
}

fn check(says: &str, rule: Rule, words: &str) {
    assert_eq!(settle(&["all"; 20], says, rule).to_string(), words, "{says} by {}", rule.words());
}

const MAJORITY: Rule = Rule::Majority { quorum: Quorum::HALF, of: Base::Voting };

#[test]
fn a_majority_is_more_than_half_of_votes_and_a_quorum_is_of_the_whole_roll() {
    check("++-", MAJORITY, "passed");
    check("+-", MAJORITY, "not passed: 1 of 2 are for it");
    check("+0", MAJORITY, "passed");
    check("++..", MAJORITY, "passed"); // half is a quorum
    check("++...", MAJORITY, "not passed: 2 were present and 3 are needed");
    check("+0...", MAJORITY, "not passed: 2 were present and 3 are needed");
    check("", MAJORITY, "not passed: 0 were present and 1 are needed; 0 of 0 are for it");
    let of_roll = Rule::Majority { quorum: Quorum::Members(1), of: Base::Roll };
    check("++...", of_roll, "not passed: 2 of 5 are for it");
    check("+++..", of_roll, "passed");
}

#[test]
fn who_has_an_interest_neither_votes_nor_makes_a_quorum() {
    check("++cc", MAJORITY, "passed");
    check("+ccc", MAJORITY, "not passed: 1 were present and 2 are needed");
    check("+cc..", Rule::Majority { quorum: Quorum::Members(1), of: Base::Roll }, "not passed: 1 of 3 are for it");
    let roll = Roll::new([Member::new("a", "x").conflicted("spouse works there"), Member::new("b", "x")]).unwrap();
    let mut sealed = Ballots::sealed(roll, Instant(0), Instant(9), Secrecy::Named).unwrap();
    let refused = sealed.cast("a", Say::For, Instant(1)).unwrap_err();
    assert_eq!(refused.to_string(), "'a' has declared an interest and does not vote on this: spouse works there");
    sealed.cast("b", Say::For, Instant(1)).unwrap();
    sealed.declare("b", "was offered a post").unwrap();
    assert!(sealed.open(Instant(9)).unwrap().papers().is_empty());
}

#[test]
fn two_thirds_is_exact() {
    let rule = Rule::TwoThirds { quorum: Quorum::Members(1), of: Base::Voting };
    check("++-", rule, "passed");
    check("+++--", rule, "not passed: 3 of 5 are for it");
    check("0", rule, "not passed: 0 of 0 are for it");
}

#[test]
fn consent_passes_nothing_that_nobody_supports() {
    let rule = Rule::Consent { quorum: Quorum::HALF };
    check("000", rule, "not passed: 0 of 3 are for it");
    check("00+", rule, "passed");
}

#[test]
fn votes_without_a_name_are_counted_as_votes_and_not_as_seats() {
    let roll = || Roll::new(["a", "b", "c", "d"].map(|id| Member::new(id, id))).unwrap();
    let against = Say::Against { reason: String::new() };
    let papers = [Say::For, Say::For, against].map(|say| (None, say));
    let open = Ballots::opened(roll(), papers, vec!["a".into(), "b".into(), "c".into()]);
    let verdict = open.settle(&MAJORITY).unwrap();
    assert!(verdict.passed() && verdict.heard.is_empty(), "{verdict:?}");
    assert_eq!((verdict.all.agree, verdict.all.disagree), (2, 1));
    for rule in [Rule::Advice, Rule::Consent { quorum: Quorum::HALF }] {
        assert!(matches!(open.settle(&rule), Err(VoteError::WrongRule { .. })), "{}", rule.words());
    }
    let barred = Roll::new([Member::new("a", "x").conflicted("owns the home"), Member::new("b", "x")]).unwrap();
    let named = ["a", "b", "gone"].map(|id| (Some(id.to_owned()), Say::For));
    let open = Ballots::opened(barred, named, Vec::new());
    assert_eq!(open.papers().iter().map(|paper| paper.voter.as_deref().unwrap()).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn consent_is_stopped_by_a_reason_and_by_nothing_else() {
    let rule = Rule::Consent { quorum: Quorum::HALF };
    check("++0", rule, "passed");
    check("++-", rule, "not passed: m2 objects, because harm");
    let bare = settle(&["all"; 3], "++!", rule);
    assert!(bare.passed());
    assert_eq!(bare.without_reason, 1);
    check("+...", rule, "not passed: 1 were present and 2 are needed");
}

#[test]
fn advice_waits_until_everybody_was_heard() {
    check("+-0", Rule::Advice, "passed");
    check("+.c", Rule::Advice, "not passed: not yet heard: m1");
}

#[test]
fn a_large_group_cannot_carry_a_bridge_alone() {
    let rule = Rule::Bridging { quorum: Quorum::HALF, share: Share { of: 3, out_of: 5 }, minimum: 2 };
    let groups = ["hospital", "hospital", "hospital", "hospital", "hospital", "care", "care", "care"];
    let said = |says| settle(&groups, says, rule).to_string();
    assert_eq!(said("+++++--+"), "not passed: 1 of 3 of care agree");
    assert_eq!(said("+++++.+."), "not passed: 1 of care were heard and 2 are needed");
    assert_eq!(said("+++--+0+"), "passed");
    assert_eq!(said("+++++..."), "not passed: 0 of care were heard and 2 are needed");
    let verdict = settle(&groups, "+++--+0+", rule);
    assert!((verdict.consensus - 4.0 / 7.0 * 3.0 / 5.0).abs() < 1e-12);
}

#[test]
fn nothing_is_told_before_the_close() {
    let roll = || Roll::new([Member::new("a", "x"), Member::new("b", "y")]).unwrap();
    let sealed = |votes: &[(&str, Say)]| {
        let mut sealed = Ballots::sealed(roll(), Instant(10), Instant(20), Secrecy::Secret).unwrap();
        for (voter, say) in votes {
            sealed.cast(voter, say.clone(), Instant(19)).unwrap();
        }
        sealed
    };
    let against = Say::Against { reason: "secret words".into() };
    let (none, one) = (sealed(&[]), sealed(&[("a", against)]));
    assert_eq!(format!("{none:?} {none:#?} {none}"), format!("{one:?} {one:#?} {one}"));
    let mut still = one.open(Instant(19)).unwrap_err();
    assert_eq!(still.cast("b", Say::For, Instant(9)), Err(VoteError::NotOpen { opens: Instant(10) }));
    assert_eq!(still.cast("b", Say::For, Instant(20)), Err(VoteError::Closed { closed: Instant(20) }));
    assert_eq!(still.cast("c", Say::For, Instant(15)), Err(VoteError::NotOnRoll { voter: "c".into() }));
    assert_eq!(still.cast("a", Say::For, Instant(15)), Ok(Cast::Replaced));
    assert!(still.has_voted("a") && !still.has_voted("b"));
    let open = still.open(Instant(20)).unwrap();
    assert_eq!(open.papers(), [Paper { perspective: String::new(), vote: Say::For, voter: None }]);
    assert_eq!(open.voted(), ["a"]);
    assert_eq!(
        Ballots::<Sealed, Say>::sealed(roll(), Instant(5), Instant(5), Secrecy::Named).unwrap_err(),
        VoteError::Times
    );
}

#[test]
fn without_a_quorum_nobody_is_chosen_and_the_count_is_still_shown() {
    let roll = Roll::new((0..4).map(|at| Member::new(format!("m{at}"), "all"))).unwrap();
    let mut sealed = Ballots::sealed(roll, Instant(0), Instant(9), Secrecy::Secret).unwrap();
    sealed.cast("m0", Ranking::strict([1, 0]).unwrap(), Instant(1)).unwrap();
    let open = sealed.open(Instant(9)).unwrap();
    let options = names(&["A", "B"]);
    let chosen = |quorum| open.elect(&Rule::Schulze { quorum }, &options, Lot::new("any")).unwrap();
    assert_eq!(chosen(Quorum::Members(1)).chosen, [1]);
    assert_eq!(chosen(Quorum::HALF).chosen, [0usize; 0]);
    assert_eq!(chosen(Quorum::HALF).against, Some(Reason::Quorum { present: 1, needed: 2 }));
    assert!(open.elect(&MAJORITY, &options, Lot::new("any")).is_err());
}

/// Full ballots over `options` options.
fn profile(options: usize) -> impl Strategy<Value = Vec<Vec<usize>>> {
    let ballot = Just((0..options).collect::<Vec<_>>()).prop_shuffle();
    proptest::collection::vec(ballot, 1..12)
}

fn rank(ballots: &[Vec<usize>]) -> Vec<Ranking> {
    ballots.iter().map(|ballot| Ranking::strict(ballot.iter().copied()).unwrap()).collect()
}

fn letters(options: usize) -> Vec<String> {
    (0..options).map(|at| char::from(b'A' + at as u8).to_string()).collect()
}

fn winners(ballots: &[Vec<usize>], options: usize) -> Vec<usize> {
    schulze(&rank(ballots), &letters(options), Lot::new("any")).unwrap().winners
}

proptest! {
    #[test]
    fn schulze_chooses_from_the_smith_set_and_the_condorcet_winner_when_there_is_one(ballots in profile(5)) {
        let pairs = Pairwise::count(&rank(&ballots), 5).unwrap();
        let (found, smith) = (winners(&ballots, 5), smith_set(&pairs));
        prop_assert!(!found.is_empty() && found.iter().all(|option| smith.contains(option)));
        prop_assert!(smith.iter().all(|&a| (0..5).all(|b| smith.contains(&b) || pairs.0[a][b] > pairs.0[b][a])));
        if let Some(best) = condorcet_winner(&pairs) {
            prop_assert_eq!(found, vec![best]);
            prop_assert_eq!(smith, vec![best]);
        }
    }

    #[test]
    fn to_raise_a_schulze_winner_never_harms_it(ballots in profile(4), at in any::<prop::sample::Index>(), up in 0usize..4) {
        let winner = winners(&ballots, 4)[0];
        let mut raised = ballots.clone();
        let ballot = &mut raised[at.index(ballots.len())];
        let was = ballot.iter().position(|&option| option == winner).unwrap();
        ballot.remove(was);
        ballot.insert(was.saturating_sub(up), winner);
        prop_assert!(winners(&raised, 4).contains(&winner));
    }

    #[test]
    fn clones_neither_help_nor_harm_under_schulze(ballots in profile(4), flips in proptest::collection::vec(any::<bool>(), 12)) {
        // Option 3 gets a clone, 4, beside it on each ballot.
        let cloned: Vec<Vec<usize>> = ballots.iter().zip(flips).map(|(ballot, flip)| {
            ballot.iter().flat_map(|&option| match (option, flip) {
                (3, true) => vec![4, 3],
                (3, false) => vec![3, 4],
                _ => vec![option],
            }).collect()
        }).collect();
        let (before, after) = (winners(&ballots, 4), winners(&cloned, 5));
        for option in 0..3 {
            prop_assert_eq!(before.contains(&option), after.contains(&option));
        }
        prop_assert_eq!(before.contains(&3), after.contains(&3) || after.contains(&4));
    }

    #[test]
    fn the_only_schulze_winner_does_not_win_when_every_ballot_is_turned_round(ballots in profile(4)) {
        let found = winners(&ballots, 4);
        let turned: Vec<Vec<usize>> = ballots.iter().map(|ballot| ballot.iter().rev().copied().collect()).collect();
        if let [only] = found[..] {
            prop_assert!(!winners(&turned, 4).contains(&only));
        }
    }

    #[test]
    fn neither_the_order_of_ballots_nor_of_options_changes_what_is_chosen(
        ballots in profile(4), shuffle in Just(vec![0usize, 1, 2, 3]).prop_shuffle(), seats in 1usize..4,
    ) {
        let options = letters(4);
        let moved: Vec<Vec<usize>> =
            ballots.iter().rev().map(|ballot| ballot.iter().map(|&option| shuffle[option]).collect()).collect();
        let mut renamed = options.clone();
        for (from, &to) in shuffle.iter().enumerate() {
            renamed[to] = options[from].clone();
        }
        let lot = Lot::new("question 7");
        let (here, there) = (schulze(&rank(&ballots), &options, lot).unwrap(), schulze(&rank(&moved), &renamed, lot).unwrap());
        prop_assert_eq!(order(&options, &here.order), order(&renamed, &there.order));
        let here = transferable_vote(&rank(&ballots), &options, seats, lot).unwrap();
        let there = transferable_vote(&rank(&moved), &renamed, seats, lot).unwrap();
        prop_assert_eq!(order(&options, &here.elected), order(&renamed, &there.elected));
    }

    #[test]
    fn every_seat_is_filled_once_no_vote_is_made_and_a_majority_is_never_passed_over(ballots in profile(5), seats in 1usize..7) {
        let count = transferable_vote(&rank(&ballots), &letters(5), seats, Lot::new("any")).unwrap();
        let mut elected = count.elected.clone();
        elected.sort_unstable();
        elected.dedup();
        prop_assert_eq!(elected.len(), seats.min(5));
        prop_assert_eq!(elected.len(), count.elected.len());
        for stage in &count.stages {
            let held: u64 = stage.votes.iter().map(|votes| votes.0).sum();
            prop_assert_eq!(held + stage.lost.0, ballots.len() as u64 * Value::ONE);
        }
        for option in 0..5 {
            if 2 * ballots.iter().filter(|ballot| ballot[0] == option).count() > ballots.len() {
                prop_assert!(count.elected.contains(&option));
            }
        }
    }

    #[test]
    fn a_vote_more_for_it_never_turns_a_pass_into_a_failure(says in "[+0-]{1,12}") {
        let more = format!("{says}+");
        for rule in [MAJORITY, Rule::TwoThirds { quorum: Quorum::HALF, of: Base::Roll }, Rule::Consent { quorum: Quorum::HALF }] {
            if settle(&["all"; 20], &says, rule).passed() {
                prop_assert!(settle(&["all"; 20], &more, rule).passed());
            }
        }
    }
}
