//! Urgent care, simulated one person at a time with the queues of the whole place: a person who waits on a ward for home
//! care holds a bed, full wards keep people in the emergency department, and a full department keeps crews outside.
//! Rates are per million registered people, from the figures that `place/README.md` lists.

use crate::clock::{Clock, DAY, HOUR, MINUTE};
use crate::draw::Draw;
use crate::people::People;
use crate::stories::Stories;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// By which door a person comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Front {
    Walk,
    Ambulance,
    /// Urgent treatment centre and same day care.
    Treatment,
    /// Sent by a doctor straight to the assessment unit.
    Direct,
    Elective,
}

/// How the hospital stay (or the ambulance's) ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Open,
    Home,
    /// To the service of the discharge pathway.
    Care,
    /// Home although a service was asked for.
    Withdrawn,
    Died,
    MentalHealthWard,
}

/// One way through urgent care. Times are UTC seconds; 0 has not happened.
#[derive(Clone, Copy)]
pub struct Visit {
    pub person: u32,
    pub front: Front,
    pub site: u8,
    pub category: u8,
    /// 0 conveyed, 1 heard and treated, 2 seen and treated.
    pub outcome: u8,
    /// Discharge pathway 0 to 3.
    pub pathway: u8,
    pub end: End,
    /// First and second ward, index into the site's wards; 255 is none.
    pub wards: [u8; 2],
    pub mental_health: bool,
    pub call: u32,
    pub scene: u32,
    pub hospital: u32,
    /// 111's call that sent them here ended.
    pub sent: u32,
    pub arrived: u32,
    pub decided: u32,
    pub departed: u32,
    pub ward: u32,
    pub transferred: u32,
    pub ready: u32,
    pub left: u32,
    pub care: u32,
    pub care_ended: u32,
}

impl Visit {
    /// What lies at or after `end` has not happened yet.
    fn forget(&mut self, end: u32) {
        if self.left >= end || self.departed >= end || (self.left == 0 && self.ward > 0) {
            self.end = if self.ward == 0 && self.end == End::MentalHealthWard { self.end } else { End::Open };
        }
        let times = [
            &mut self.call,
            &mut self.scene,
            &mut self.hospital,
            &mut self.sent,
            &mut self.arrived,
            &mut self.decided,
            &mut self.departed,
            &mut self.ward,
            &mut self.transferred,
            &mut self.ready,
            &mut self.left,
            &mut self.care,
            &mut self.care_ended,
        ];
        for time in times.into_iter().filter(|time| **time >= end) {
            *time = 0;
        }
    }
}

/// A call to NHS 111.
#[derive(Clone, Copy)]
pub struct Call {
    pub person: u32,
    pub at: u32,
    pub answered: u32,
    pub ended: u32,
    /// Index into [`DISPOSITIONS`].
    pub disposition: u8,
    pub site: u8,
    /// Of those who are sent to a hospital: did they go?
    pub came: bool,
}

pub const DISPOSITIONS: [&str; 6] = ["ED", "UTC", "999", "GP", "PHARMACY", "SELF"];

pub struct Urgent {
    pub visits: Vec<Visit>,
    pub calls: Vec<Call>,
    /// When each person died; 0 is alive.
    pub died: Vec<u32>,
    /// Hours that rapid release spared the crews, and hours that were waited for beds because of it.
    pub moved_hours: [f64; 2],
}

/// Days simulated before the period, so that it opens with hospitals as full as they are.
const WARM_UP: u32 = 80;
const HOUR_OF_DAY: [f64; 24] = [
    2.1, 1.7, 1.4, 1.2, 1.1, 1.2, 1.6, 2.4, 4.0, 6.2, 7.3, 7.3, 6.8, 6.4, 6.3, 6.3, 6.2, 5.9, 5.5, 5.0, 4.4, 3.8, 3.2,
    2.7,
];
const WEEKDAY: [f64; 7] = [1.12, 1.022, 0.994, 0.98, 0.98, 0.952, 0.952];
const MONTH_ATTENDANCES: [f64; 12] = [0.93, 0.99, 1.02, 0.99, 1.04, 1.05, 1.02, 0.94, 0.99, 1.01, 1.03, 1.02];
const MONTH_SEVERITY: [f64; 12] = [1.16, 1.07, 1.0, 0.98, 0.95, 0.93, 0.93, 0.96, 0.98, 1.0, 1.03, 1.14];
const FIFTH: [f64; 5] = [1.40, 1.15, 0.97, 0.84, 0.72];
const BY_AGE: [[f64; 6]; 5] = [
    [1.35, 1.15, 0.90, 0.75, 0.85, 1.0],
    [0.35, 0.70, 0.85, 1.5, 2.6, 5.0],
    [1.5, 1.2, 0.85, 0.7, 0.6, 0.5],
    [0.5, 0.5, 0.9, 1.7, 2.6, 3.5],
    [0.3, 0.5, 1.2, 1.8, 1.5, 0.6],
];
const ADMITTED_WALKING: [f64; 6] = [0.10, 0.12, 0.22, 0.36, 0.45, 0.53];
const ADMITTED_CONVEYED: [f64; 6] = [0.25, 0.30, 0.43, 0.58, 0.66, 0.72];
const ZERO_DAY: [f64; 6] = [0.60, 0.50, 0.38, 0.27, 0.20, 0.15];
const STAY_BY_AGE: [f64; 6] = [0.35, 0.50, 0.80, 1.05, 1.25, 1.45];
const DYING: [f64; 6] = [0.001, 0.003, 0.015, 0.04, 0.06, 0.10];
const PATHWAYS: [[f64; 6]; 3] =
    [[0.0, 0.01, 0.05, 0.16, 0.26, 0.32], [0.0, 0.002, 0.010, 0.04, 0.07, 0.10], [0.0, 0.0, 0.003, 0.02, 0.05, 0.09]];
/// Share of each neighbourhood that goes to the first hospital.
const TO_GENERAL: [f64; 8] = [0.08, 0.30, 0.75, 0.92, 0.85, 0.80, 0.45, 0.55];
/// Chance a day that a person who is ready is taken, for discharge pathways 1 to 3, and how the week changes it.
const TAKEN_A_DAY: [f64; 3] = [0.20, 0.17, 0.115];
/// Waiting for each, all but Eastbrook and Eastbrook, of a million people.
const USUAL_QUEUES: [[f64; 2]; 3] = [[130.0, 16.0], [40.0, 6.0], [43.0, 6.0]];
const CARE_WEEKDAY: [f64; 7] = [0.85, 1.2, 1.3, 1.2, 1.35, 0.65, 0.45];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    AtHospital,
    Arrive,
    Decide,
    Depart,
    Ward,
    Transfer,
    Ready,
    TryCare,
    Leave,
    CareEnds,
}

struct Site {
    in_department: f64,
    crews_waiting: f64,
    in_beds: f64,
    beds: f64,
    spaces: f64,
}

struct World<'a> {
    people: &'a People,
    clock: &'a Clock,
    stories: &'a Stories,
    scale: f64,
    sites: [Site; 2],
    /// Waiting for discharge pathways 1 to 3: all but Eastbrook, Eastbrook.
    queues: [[f64; 2]; 3],
    /// How stuck the beds have been of late: a department copes with a bad week, not with a bad month.
    strain: f64,
    busy: Vec<u32>,
    urgent: Urgent,
    /// Minutes that crews did not wait at the second hospital since rapid release, and nobody has waited yet.
    moved_minutes: f64,
    heap: BinaryHeap<Reverse<(u32, u32, Step)>>,
}

/// Runs urgent care of the whole period; `beds` and `spaces` are those of the two hospitals.
pub fn simulate(
    people: &People,
    clock: &Clock,
    stories: &Stories,
    beds: [f64; 2],
    spaces: [f64; 2],
    mut tick: impl FnMut(),
) -> Urgent {
    let site =
        |at: usize| Site { in_department: 0.0, crews_waiting: 0.0, in_beds: 0.0, beds: beds[at], spaces: spaces[at] };
    let count = people.list.len();
    let mut world = World {
        people,
        clock,
        stories,
        scale: count as f64 / 1e6,
        sites: [site(0), site(1)],
        queues: [[0.0; 2]; 3],
        strain: 0.0,
        busy: vec![0; count],
        urgent: Urgent { visits: Vec::new(), calls: Vec::new(), died: vec![0; count], moved_hours: [0.0; 2] },
        moved_minutes: 0.0,
        heap: BinaryHeap::new(),
    };
    let mut weights = (usize::MAX, Vec::new());
    for day in 0..WARM_UP + clock.days() {
        let noon = clock.start - WARM_UP * DAY + day * DAY + DAY / 2;
        let month = if noon < clock.start { usize::MAX - 1 } else { clock.month(noon) };
        if weights.0 != month {
            weights = (month, world.weights(month));
        }
        world.strain += (world.stuck() - world.strain) / 14.0;
        world.day(day, noon, &weights.1);
        let end = (clock.floor(noon) + DAY).min(clock.end);
        while let Some(Reverse(next)) = world.heap.peek().copied()
            && next.0 < end
        {
            world.heap.pop();
            world.step(next.0, next.1, next.2);
        }
        tick();
    }
    // What was over before the period began is not told by any feed.
    let start = clock.start;
    world.urgent.visits.retain(|visit| {
        if visit.ward == 0 && (visit.arrived > 0 && visit.arrived < start || visit.call > 0 && visit.call < start) {
            return false;
        }
        let last = [visit.scene, visit.hospital, visit.arrived, visit.departed, visit.left, visit.care_ended];
        let open = visit.ward > 0 && (visit.left == 0 || (visit.end == End::Care && visit.care_ended == 0));
        open || last.iter().any(|at| *at >= start) || visit.call >= start
    });
    world.urgent.visits.iter_mut().for_each(|visit| visit.forget(clock.end));
    world.urgent.visits.retain(|visit| visit.call > 0 || visit.arrived > 0 || visit.ward > 0);
    world.urgent.calls.retain(|call| call.at >= start && call.at < clock.end);
    world.urgent.calls.sort_by_key(|call| (call.at, call.person));
    world.urgent
}

impl World<'_> {
    /// Running sums of who comes by each door, by cell; each neighbourhood has good and bad months by chance alone.
    fn weights(&self, month: usize) -> Vec<Vec<f64>> {
        let noise: Vec<f64> = (0..self.people.neighbourhoods.len())
            .map(|which| {
                let mut draw = Draw::of(self.people.seed, 20 + which as u64, month as u64);
                if (which, month) == self.stories.regression {
                    1.17
                } else {
                    1.0 + 0.045 * draw.normal().clamp(-1.8, 1.8)
                }
            })
            .collect();
        BY_AGE
            .iter()
            .map(|ages| {
                let mut sum = 0.0;
                (0..self.people.cells.len() - 1)
                    .map(|cell| {
                        let (neighbourhood, fifth) = self.people.lsoas[cell / 12];
                        let size = f64::from(self.people.cells[cell + 1] - self.people.cells[cell]);
                        sum += size
                            * ages[cell % 12 / 2]
                            * FIFTH[usize::from(fifth) - 1]
                            * noise[usize::from(neighbourhood)];
                        sum
                    })
                    .collect()
            })
            .collect()
    }

    fn someone(&self, sums: &[f64], at: u32, draw: &mut Draw) -> Option<u32> {
        for _ in 0..6 {
            let mark = draw.unit() * sums.last().copied().unwrap_or(0.0);
            let cell = sums.partition_point(|sum| *sum <= mark);
            let (from, to) = (*self.people.cells.get(cell)?, *self.people.cells.get(cell + 1)?);
            if from == to {
                continue;
            }
            let person = from + draw.below(u64::from(to - from)) as u32;
            if self.busy[person as usize] < at && self.urgent.died[person as usize] == 0 {
                return Some(person);
            }
        }
        None
    }

    /// Everybody who sets out on this day.
    fn day(&mut self, day: u32, noon: u32, weights: &[Vec<f64>]) {
        let mut draw = Draw::of(self.people.seed, 10, u64::from(day));
        let date = self.clock.day(noon);
        let (_, month, of_month) = date.ymd();
        let (weekday, month) = (date.weekday() as usize, month as usize - 1);
        let midnight = self.clock.floor(noon);
        let demand = self.scale * WEEKDAY[weekday] * MONTH_ATTENDANCES[month];
        let severity = self.severity(month, of_month);
        let weekend = weekday > 4;
        let doors = [
            (Front::Walk, 566.0 * demand),
            (Front::Ambulance, 434.0 * self.scale * severity.sqrt()),
            (Front::Treatment, 479.0 * demand),
            (Front::Direct, 81.0 * self.scale * severity * if weekend { 0.6 } else { 1.16 }),
            (Front::Elective, if weekend { 12.0 } else { 62.0 } * self.scale),
        ];
        for (door, (front, mean)) in doors.into_iter().enumerate() {
            for _ in 0..draw.poisson(mean) {
                let hour = match front {
                    Front::Elective => 7.0 + draw.unit() * 4.0,
                    Front::Treatment => 8.0 + draw.share(&HOUR_OF_DAY[8..22]) as f64 + draw.unit(),
                    Front::Direct => 9.0 + draw.share(&HOUR_OF_DAY[9..]) as f64 + draw.unit(),
                    Front::Ambulance if draw.chance(0.5) => draw.unit() * 24.0,
                    _ => draw.share(&HOUR_OF_DAY) as f64 + draw.unit(),
                };
                let at = midnight + (hour * f64::from(HOUR)) as u32;
                if let Some(person) = self.someone(&weights[door], at, &mut draw) {
                    self.sets_out(person, front, at, &mut draw);
                }
            }
        }
        for _ in 0..draw.poisson(620.0 * self.scale * if weekend { 1.5 } else { 0.8 }) {
            let at = midnight + ((draw.share(&HOUR_OF_DAY) as f64 + draw.unit()) * f64::from(HOUR)) as u32;
            if let Some(person) = self.someone(&weights[0], at, &mut draw) {
                let disposition = 2 + draw.share(&[0.0, 0.50, 0.20, 0.30]) as u8;
                let site = self.site(person, &mut draw);
                self.call_111(person, at, disposition, site, &mut draw);
            }
        }
    }

    /// How ill people are: winter, with a wave of influenza for six weeks from mid December.
    fn severity(&self, month: usize, of_month: u32) -> f64 {
        let wave = (month == 11 && of_month > 12) || (month == 0 && of_month < 26);
        MONTH_SEVERITY[month] * if wave { 1.07 } else { 1.0 }
    }

    fn site(&self, person: u32, draw: &mut Draw) -> u8 {
        u8::from(!draw.chance(TO_GENERAL[self.people.neighbourhood(person) % 8]))
    }

    fn call_111(&mut self, person: u32, at: u32, disposition: u8, site: u8, draw: &mut Draw) -> u32 {
        let answered = at + draw.around(80.0, 1.2).min(3_000.0) as u32;
        let ended = answered + draw.around(540.0, 0.4) as u32;
        self.urgent.calls.push(Call { person, at, answered, ended, disposition, site, came: true });
        ended
    }

    fn sets_out(&mut self, person: u32, front: Front, at: u32, draw: &mut Draw) {
        let site = self.site(person, draw);
        let mut visit = Visit {
            person,
            front,
            site,
            category: 0,
            outcome: 0,
            pathway: 0,
            end: End::Open,
            wards: [255; 2],
            mental_health: false,
            call: 0,
            scene: 0,
            hospital: 0,
            sent: 0,
            arrived: 0,
            decided: 0,
            departed: 0,
            ward: 0,
            transferred: 0,
            ready: 0,
            left: 0,
            care: 0,
            care_ended: 0,
        };
        let which = self.urgent.visits.len() as u32;
        self.busy[person as usize] = u32::MAX; // until they leave
        match front {
            Front::Walk | Front::Treatment => {
                let by_111 = if front == Front::Walk { 0.14 } else { 0.26 };
                visit.mental_health = front == Front::Walk && self.people.band(person) > 0 && draw.chance(0.035);
                if draw.chance(by_111) {
                    let disposition = u8::from(front == Front::Treatment);
                    visit.sent =
                        self.call_111(person, at - draw.between(30.0, 200.0) as u32 * MINUTE, disposition, site, draw);
                    if draw.chance(0.15) {
                        if let Some(call) = self.urgent.calls.last_mut() {
                            call.came = false;
                        }
                        self.busy[person as usize] = at;
                        return;
                    }
                    visit.sent = visit.sent.min(at - 5 * MINUTE);
                }
                self.heap.push(Reverse((at, which, Step::Arrive)));
            }
            Front::Ambulance => {
                visit.call = at;
                visit.category = 1 + draw.share(&[0.12, 0.60, 0.26, 0.02]) as u8;
                visit.outcome = draw.share(&[0.505, 0.176, 0.319]) as u8;
                if draw.chance(0.2) {
                    self.call_111(person, at - draw.between(8.0, 20.0) as u32 * MINUTE, 2, site, draw);
                }
                if visit.outcome > 0 {
                    self.busy[person as usize] = at + 6 * HOUR;
                }
                if visit.outcome == 1 {
                    visit.end = End::Home;
                } else {
                    let usual = 5.2 * self.scale;
                    let waiting = self.sites[0].crews_waiting + self.sites[1].crews_waiting;
                    let load = (0.45 * (waiting - usual) / (usual + 2.0)).clamp(-0.4, 0.8).exp();
                    let median = [7.5, 26.0, 75.0, 110.0][usize::from(visit.category) - 1];
                    visit.scene = at + (draw.around(median * load, 0.7).clamp(2.0, 900.0) * 60.0) as u32;
                    let after = visit.scene + draw.around(48.0, 0.3) as u32 * MINUTE;
                    if visit.outcome == 2 {
                        visit.end = End::Home;
                        visit.left = after;
                    } else {
                        self.heap.push(Reverse((after, which, Step::AtHospital)));
                    }
                }
            }
            Front::Direct | Front::Elective => {
                visit.wards[0] = if front == Front::Direct { 0 } else { 3 };
                self.heap.push(Reverse((at, which, Step::Ward)));
            }
        }
        self.urgent.visits.push(visit);
    }

    fn step(&mut self, at: u32, which: u32, step: Step) {
        let mut visit = self.urgent.visits[which as usize];
        let mut draw = Draw::of(self.people.seed, 30 + step as u64, (u64::from(which) << 32) | u64::from(at));
        let band = self.people.band(visit.person);
        let site = usize::from(visit.site);
        let next = match step {
            Step::AtHospital => {
                visit.hospital = at;
                self.sites[site].crews_waiting += 1.0;
                let luck = draw.around(1.0, 0.75) * (2.8 * (self.strain - 0.08).clamp(0.0, 0.5)).exp();
                let mut minutes = (luck * [18.0, 24.0][site] * self.crowd(site, 1.7)).clamp(2.0, 600.0);
                if site == 1 && at >= self.stories.release {
                    let released = (luck * 9.0 * self.crowd(site, 0.3)).clamp(2.0, minutes);
                    self.moved_minutes += minutes - released;
                    self.urgent.moved_hours[0] += (minutes - released) / 60.0;
                    minutes = released;
                }
                Some((at + (minutes * 60.0) as u32, Step::Arrive))
            }
            Step::Arrive => {
                visit.arrived = at;
                if visit.front == Front::Ambulance {
                    self.sites[site].crews_waiting -= 1.0;
                }
                if visit.front == Front::Treatment {
                    Some((at + (draw.around(95.0, 0.55) * 60.0) as u32, Step::Depart))
                } else {
                    self.sites[site].in_department += 1.0;
                    let chances = if visit.front == Front::Ambulance { ADMITTED_CONVEYED } else { ADMITTED_WALKING };
                    let (_, month, of_month) = self.clock.day(at).ymd();
                    let severity = self.severity(month as usize - 1, of_month);
                    let crowd = self.crowd(site, 0.5);
                    if visit.mental_health {
                        let admitted = draw.chance(0.16);
                        let minutes = draw.around(340.0 * crowd, 0.7);
                        Some((at + (minutes * 60.0) as u32, if admitted { Step::Decide } else { Step::Depart }))
                    } else if draw.chance(chances[band] * severity) {
                        Some((at + (draw.around(172.0 * crowd, 0.5) * 60.0) as u32, Step::Decide))
                    } else {
                        Some((at + (draw.around(152.0 * crowd, 0.58) * 60.0) as u32, Step::Depart))
                    }
                }
            }
            Step::Decide => {
                visit.decided = at;
                if visit.mental_health {
                    visit.end = End::MentalHealthWard;
                    Some((at + (draw.around(15.0, 0.8).min(120.0) * f64::from(HOUR)) as u32, Step::Depart))
                } else {
                    visit.wards[0] = if draw.chance(0.8) { 0 } else { 1 };
                    Some((at + (self.bed_wait(site, at, &mut draw) * 60.0) as u32, Step::Ward))
                }
            }
            Step::Depart => {
                visit.departed = at;
                if visit.front != Front::Treatment {
                    self.sites[site].in_department -= 1.0;
                }
                if visit.end == End::MentalHealthWard {
                    visit.care = at + 40 * MINUTE;
                    let ends = visit.care + (draw.around(24.0, 0.8).min(200.0) * f64::from(DAY)) as u32;
                    self.busy[visit.person as usize] = ends;
                    Some((self.clock.time_of_day(ends, 11 * HOUR), Step::CareEnds))
                } else {
                    visit.end = End::Home;
                    self.busy[visit.person as usize] = at + 3 * HOUR;
                    None
                }
            }
            Step::Ward => {
                if visit.front != Front::Direct && visit.front != Front::Elective {
                    visit.departed = at;
                    self.sites[site].in_department -= 1.0;
                }
                visit.ward = at;
                self.sites[site].in_beds += 1.0;
                let next = self.stay(&mut visit, at, &mut draw);
                Some(next)
            }
            Step::Transfer => {
                visit.transferred = at;
                visit.wards[1] = if band >= 4 && draw.chance(0.65) { 2 } else { 1 };
                Some((visit.ready.max(at + HOUR), Step::Ready))
            }
            Step::Ready => {
                visit.ready = at;
                if visit.end == End::Died {
                    Some((at, Step::Leave))
                } else if visit.pathway == 0 {
                    let mut leaves = at + (draw.around(3.4, 0.55).min(9.0) * f64::from(HOUR)) as u32;
                    if visit.ready - visit.ward > DAY && draw.chance(0.13) {
                        leaves = self.clock.time_of_day(
                            at + (1 + draw.below(2) as u32) * DAY,
                            10 * HOUR + draw.below(6) as u32 * HOUR + draw.below(3_600) as u32,
                        );
                    }
                    visit.end = End::Home;
                    Some((leaves.max(at), Step::Leave))
                } else {
                    self.queue(&visit, 1.0);
                    Some((self.next_try(at, &mut draw), Step::TryCare))
                }
            }
            Step::TryCare => {
                let outcome = self.try_care(&visit, at, &mut draw);
                if outcome == End::Open {
                    Some((self.next_try(at, &mut draw), Step::TryCare))
                } else {
                    self.queue(&visit, -1.0);
                    visit.end = outcome;
                    Some((at, Step::Leave))
                }
            }
            Step::Leave => {
                visit.left = at;
                self.sites[site].in_beds -= 1.0;
                self.busy[visit.person as usize] = at + DAY;
                match visit.end {
                    End::Died => {
                        self.urgent.died[visit.person as usize] = at;
                        None
                    }
                    End::Care => {
                        // A bed begins on arrival, home care with the first visit.
                        visit.care =
                            at + draw.between(40.0, if visit.pathway == 1 { 300.0 } else { 120.0 }) as u32 * MINUTE;
                        let (median, sigma) = [(7.0, 1.2), (31.0, 0.58), (38.0, 0.52)][usize::from(visit.pathway) - 1];
                        let ends = visit.care + (draw.around(median, sigma).clamp(1.0, 300.0) * f64::from(DAY)) as u32;
                        if visit.pathway == 3 && draw.chance(0.5) {
                            None // they stay for good
                        } else {
                            Some((self.clock.time_of_day(ends, 9 * HOUR + draw.below(28_800) as u32), Step::CareEnds))
                        }
                    }
                    _ => None,
                }
            }
            Step::CareEnds => {
                visit.care_ended = at.max(visit.care + HOUR);
                None
            }
        };
        self.urgent.visits[which as usize] = visit;
        if let Some((at, step)) = next {
            self.heap.push(Reverse((at, which, step)));
        }
    }

    /// How much longer things take in a full department, by how strongly they depend on it.
    fn crowd(&self, site: usize, strength: f64) -> f64 {
        let site = &self.sites[site];
        // A small place has few people, and their coming and going is mostly noise.
        let usual = 0.45 * site.spaces;
        let shrunk = (site.in_department - usual) / (usual + 6.0);
        (strength * shrunk.clamp(-0.8, 1.2)).exp()
    }

    /// Beds of people who only wait to leave do not come free: how many more than usual, in shares of usual.
    fn stuck(&self) -> f64 {
        let usual = self.scale * USUAL_QUEUES.iter().flatten().sum::<f64>();
        let waiting: f64 = self.queues.iter().flatten().sum();
        ((waiting - usual) / (usual + 6.0)).clamp(-0.5, 1.5)
    }

    /// Minutes from the decision to admit until a bed: longer when wards are full, and at night.
    fn bed_wait(&mut self, site: usize, at: u32, draw: &mut Draw) -> f64 {
        let ward = &self.sites[site];
        let full = ((ward.in_beds - 0.93 * ward.beds) / (ward.beds + 80.0)).clamp(-0.15, 0.15);
        let hour = self.clock.civil(at) % DAY / HOUR;
        let night = if !(6..22).contains(&hour) { 1.25 } else { 0.95 };
        let queue = draw.around(185.0 * night * (3.0 * full + 1.5 * self.stuck()).exp(), 0.95).clamp(10.0, 2_800.0);
        if site == 0 {
            return queue;
        }
        // Rapid release: the minutes that crews no longer wait are waited inside, by the people who need those beds.
        let moved = 0.3 * self.moved_minutes;
        self.moved_minutes -= moved;
        self.urgent.moved_hours[1] += moved / 60.0;
        queue + moved
    }

    /// How long on the ward: when the person will be ready, and whether they move to another ward first.
    fn stay(&self, visit: &mut Visit, at: u32, draw: &mut Draw) -> (u32, Step) {
        let band = self.people.band(visit.person);
        let site = &self.sites[usize::from(visit.site)];
        let full = ((site.in_beds - 0.93 * site.beds) / (0.93 * site.beds)).clamp(-0.3, 0.3);
        if visit.front == Front::Elective {
            let ready = at + (draw.around(1.9, 0.7).clamp(0.6, 25.0) * f64::from(DAY)) as u32;
            return (self.round(ready, draw).max(at + 4 * HOUR), Step::Ready);
        }
        if draw.chance(DYING[band]) {
            visit.end = End::Died;
        } else if draw.chance(ZERO_DAY[band]) {
            // Gone by evening, or after a few hours of the night.
            return (at + (draw.between(1.5, 8.0) * f64::from(HOUR)) as u32, Step::Ready);
        }
        let days = (draw.around(3.75 * STAY_BY_AGE[band], 1.08) * (1.0 - 0.5 * full)).clamp(0.5, 180.0);
        let at_random = draw.chance(0.5);
        let mut ready = self.round(at + (days * f64::from(DAY)) as u32, draw);
        if visit.end == End::Died {
            ready = at + (days * f64::from(DAY)) as u32;
        } else {
            let chances: [f64; 4] = std::array::from_fn(|way| if way == 0 { 0.0 } else { PATHWAYS[way - 1][band] });
            let mut mark = draw.unit();
            for (way, chance) in chances.iter().enumerate() {
                if mark < *chance {
                    visit.pathway = way as u8;
                    break;
                }
                mark -= chance;
            }
        }
        visit.ready = ready.max(at + 4 * HOUR);
        if days > 1.0 && visit.wards[0] == 0 && at_random | (days > 2.0) {
            let moves = at + (draw.around(14.0, 0.5).clamp(3.0, 23.0) * f64::from(HOUR)) as u32;
            (moves, Step::Transfer)
        } else {
            (visit.ready, Step::Ready)
        }
    }

    /// The ward round nearest to this time: late morning, few at weekends, many on Fridays.
    fn round(&self, at: u32, draw: &mut Draw) -> u32 {
        let days: i64 = match self.clock.day(at).weekday() {
            0 if draw.chance(0.11) => 1,
            5 if draw.chance(0.40) => *draw.pick(&[-1, -1, 3]),
            6 if draw.chance(0.63) => *draw.pick(&[-2, -2, 2, 2, 3]),
            _ => 0,
        };
        let moved = (i64::from(at) + days * i64::from(DAY)) as u32;
        self.clock.time_of_day(moved, (draw.between(8.7, 15.5) * f64::from(HOUR)) as u32)
    }

    fn next_try(&self, at: u32, draw: &mut Draw) -> u32 {
        let today = self.clock.time_of_day(at, (draw.between(9.5, 17.0) * f64::from(HOUR)) as u32);
        if today > at + 2 * HOUR && self.clock.day(today) == self.clock.day(at) && draw.chance(0.3) {
            today
        } else {
            self.clock.time_of_day(at + DAY, (draw.between(9.5, 17.0) * f64::from(HOUR)) as u32)
        }
    }

    fn queue(&mut self, visit: &Visit, change: f64) {
        let east = usize::from(self.people.neighbourhood(visit.person) == self.stories.eastbrook);
        self.queues[usize::from(visit.pathway) - 1][east] += change;
    }

    /// Does the next service take this person today? It shares what it can do among all who wait.
    fn try_care(&self, visit: &Visit, at: u32, draw: &mut Draw) -> End {
        let way = usize::from(visit.pathway) - 1;
        let east = usize::from(self.people.neighbourhood(visit.person) == self.stories.eastbrook);
        let usual = self.scale * USUAL_QUEUES[way][east];
        let shared = ((usual + 4.0) / (self.queues[way][east] + 4.0)).sqrt();
        let mut able = 1.0;
        if way == 0 && east == 1 && at >= self.stories.home_first {
            able = 2.6;
        }
        if way == 0 && east == 0 && at >= self.stories.shortage {
            // An agency leaves within the first third, and others follow it until the end.
            let since = f64::from(at - self.stories.shortage) / f64::from(self.clock.end - self.stories.shortage);
            able -= 0.63 * (3.0 * since).min(1.0) + 0.14 * since;
        }
        let weekday = CARE_WEEKDAY[self.clock.day(at).weekday() as usize];
        // Who has waited longest is mostly next.
        let turn = if way == 0 { (0.45 + f64::from(at - visit.ready) / f64::from(6 * DAY)).min(1.8) } else { 1.0 };
        let taken = (TAKEN_A_DAY[way] * weekday * shared * able * turn).min(0.92);
        match draw.share(&[taken, 0.010, 0.004, (1.0 - taken - 0.014).max(0.0)]) {
            0 => End::Care,
            1 => End::Withdrawn,
            2 => End::Died,
            _ => End::Open,
        }
    }
}
