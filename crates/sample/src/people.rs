//! Who lives in Rivermead, in twelve bytes each: what is not kept here (name, street) comes from the person's number.
//!
//! Nobody in it is real. Names are from short lists of our own; NHS numbers are of the range from 900 000 0000, which is
//! never issued, from 999 000 0000 on as far as it goes (909,091 of them have a check digit), then 998 000 0000 and down.

use crate::clock::{Clock, DAY};
use crate::draw::Draw;
use domain::{AGE_BANDS, Date, Place, modulus_11};

#[derive(Clone, Copy)]
pub struct Person {
    /// Born on this day since 1970.
    pub birth: i32,
    /// The NHS number from 9 000 000 000 on.
    number: u32,
    /// LSOA × 12 + age band × 2 + sex.
    cell: u16,
    twin: bool,
}

/// The people of the place and where they live.
pub struct People {
    pub seed: u64,
    pub list: Vec<Person>,
    /// The first person of each cell, and how many there are.
    pub cells: Vec<u32>,
    /// Of each LSOA: neighbourhood, deprivation fifth.
    pub lsoas: Vec<(u8, u8)>,
    pub sectors: Vec<String>,
    pub neighbourhoods: Vec<String>,
    pub practices: usize,
    pub twins: u64,
}

/// Fitted to the age bands' edges, in years.
const EDGES: [(f64, f64); 6] = [(2.2, 18.0), (18.0, 40.0), (40.0, 65.0), (65.0, 75.0), (75.0, 85.0), (85.0, 101.0)];

impl People {
    pub fn settle(place: &Place, people: u64, seed: u64, clock: &Clock) -> People {
        let (mut lsoas, mut sectors, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (which, neighbourhood) in place.neighbourhoods.iter().enumerate() {
            for lsoa in &neighbourhood.lsoas {
                lsoas.push((which as u8, lsoa.deprivation));
                sectors.push(lsoa.postcodes.first().cloned().unwrap_or_default());
                for band in 0..AGE_BANDS.len() {
                    weights.extend([f64::from(lsoa.female[band]), f64::from(lsoa.male[band])]);
                }
            }
        }
        let counts = apportion(&weights, people);
        let mut numbers = Numbers { block: 999, step: 0, seed };
        let last_day = clock.first_day.0 + clock.days() as i32;
        let (mut list, mut cells) = (Vec::with_capacity(people as usize), vec![0]);
        let mut twins = 0;
        for (cell, count) in counts.iter().enumerate() {
            let first = list.len() as u64;
            for at in 0..*count {
                let mut draw = Draw::of(seed, 1, first + at);
                let (low, high) = EDGES[cell % 12 / 2];
                let age = match high {
                    // The oldest thin out by half every three years.
                    101.0 => low + 0.02 + (-4.3 * (1.0 - 0.97 * draw.unit()).ln()),
                    18.0 => {
                        // Nobody is born within the period.
                        draw.between((f64::from(clock.days() + 90) / 365.25).clamp(2.2, 17.0), high - 0.02)
                    }
                    _ => draw.between(low + 0.02, high - 0.02),
                };
                let mut birth = last_day - (age * 365.25) as i32;
                let twin = at > 0
                    && cell % 12 / 2 < 3
                    && draw.chance(0.012)
                    && !list.last().is_some_and(|last: &Person| last.twin);
                if let (true, Some(other)) = (twin, list.last()) {
                    birth = other.birth;
                    twins += 2;
                }
                list.push(Person { birth, number: numbers.next(), cell: cell as u16, twin });
            }
            cells.push(list.len() as u32);
        }
        let neighbourhoods = place.neighbourhoods.iter().map(|neighbourhood| neighbourhood.name.clone()).collect();
        let practices =
            place.services.iter().filter(|service| service.kind == domain::ServiceKind::GeneralPractice).count();
        People { seed, list, cells, lsoas, sectors, neighbourhoods, practices, twins }
    }

    pub fn lsoa(&self, person: u32) -> usize {
        usize::from(self.list[person as usize].cell / 12)
    }
    pub fn neighbourhood(&self, person: u32) -> usize {
        usize::from(self.lsoas[self.lsoa(person)].0)
    }
    /// 1 is the most deprived fifth.
    pub fn fifth(&self, person: u32) -> u8 {
        self.lsoas[self.lsoa(person)].1
    }
    pub fn band(&self, person: u32) -> usize {
        usize::from(self.list[person as usize].cell % 12 / 2)
    }
    pub fn female(&self, person: u32) -> bool {
        self.list[person as usize].cell.is_multiple_of(2)
    }
    pub fn nhs_number(&self, person: u32) -> u64 {
        9_000_000_000 + u64::from(self.list[person as usize].number)
    }
    /// The practice where they are registered: one of the two nearest.
    pub fn practice(&self, person: u32) -> usize {
        let near = self.neighbourhood(person) * self.practices / self.neighbourhoods.len();
        (near + usize::from(Draw::of(self.seed, 2, u64::from(person)).chance(0.4))) % self.practices
    }
    /// Twins share a household with the one before.
    fn household(&self, person: u32) -> u32 {
        person - u32::from(self.list[person as usize].twin)
    }
    /// When they move house within the period, if they do: 4 in 100 a year.
    pub fn moves(&self, person: u32, clock: &Clock) -> Option<u32> {
        let mut draw = Draw::of(self.seed, 3, u64::from(self.household(person)));
        let span = clock.end - clock.start;
        draw.chance(0.04 * f64::from(span) / (365.0 * f64::from(DAY)))
            .then(|| clock.start + draw.below(u64::from(span)) as u32)
    }
    pub fn name(&self, person: u32) -> Name {
        let mut house = Draw::of(self.seed, 4, u64::from(self.household(person)));
        let culture = &CULTURE[house.share(&[0.70, 0.11, 0.06, 0.06, 0.03, 0.04])];
        let family = house.below(culture.family.len() as u64) as usize;
        let second =
            house.chance(0.02).then(|| house.below(culture.family.len() as u64) as usize).filter(|at| *at != family);
        let mut draw = Draw::of(self.seed, 5, u64::from(person));
        let given = if self.female(person) { culture.female } else { culture.male };
        let mut at = draw.below(given.len() as u64) as usize;
        if self.list[person as usize].twin {
            let other = Draw::of(self.seed, 5, u64::from(person - 1)).below(given.len() as u64) as usize;
            at = if at == other { (at + 1) % given.len() } else { at };
        }
        Name { given: given[at], family: culture.family[family], second: second.map(|at| culture.family[at]) }
    }
    /// House number, street, and the postcode, at a time.
    pub fn address(&self, person: u32, at: u32, clock: &Clock) -> Address {
        let house = u64::from(self.household(person));
        let moved = self.moves(person, clock).is_some_and(|when| at >= when);
        let mut draw = Draw::of(self.seed, if moved { 7 } else { 6 }, house);
        let mut lsoa = self.lsoa(house as u32);
        if moved {
            lsoa = lsoa / 5 * 5 + draw.below(5) as usize;
        }
        let letters = b"ABDEFGHJLNPQRSTUWXYZ";
        let unit = [b'1' + draw.below(9) as u8, *draw.pick(letters), *draw.pick(letters)];
        let mut postcode = [b' '; 7];
        for (to, from) in postcode.iter_mut().zip(self.sectors[lsoa].bytes()) {
            *to = from;
        }
        postcode[5..].copy_from_slice(&unit[1..]);
        Address {
            house: 1 + draw.below(140) as u32,
            street: STREETS[draw.below(STREETS.len() as u64) as usize],
            postcode,
        }
    }
    /// Of each LSOA, females and males in each age band.
    pub fn counts(&self, lsoa: usize, sex: usize) -> [u32; 6] {
        std::array::from_fn(|band| {
            let cell = lsoa * 12 + band * 2 + sex;
            self.cells[cell + 1] - self.cells[cell]
        })
    }
    pub fn birth(&self, person: u32) -> Date {
        Date(self.list[person as usize].birth)
    }
}

/// Whole people to cells in proportion, by largest remainder.
fn apportion(weights: &[f64], people: u64) -> Vec<u64> {
    let total: f64 = weights.iter().sum();
    let exact = |weight: f64| weight * people as f64 / total;
    let mut counts: Vec<u64> = weights.iter().map(|weight| exact(*weight) as u64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| exact(weights[*b]).fract().total_cmp(&exact(weights[*a]).fract()).then(a.cmp(b)));
    let missing = people - counts.iter().sum::<u64>();
    for at in order.into_iter().cycle().take(missing as usize) {
        counts[at] += 1;
    }
    counts
}

/// Walks a block of a million nine-digit beginnings in a mixed order and keeps those that have a check digit.
struct Numbers {
    block: u64,
    step: u64,
    seed: u64,
}

impl Numbers {
    fn next(&mut self) -> u32 {
        loop {
            if self.step == 1_000_000 {
                (self.block, self.step) = (self.block - 1, 0);
            }
            let six = (self.step * 618_033 + self.seed % 1_000_003 * 7_919) % 1_000_000;
            self.step += 1;
            let nine = self.block * 1_000_000 + six;
            if let Some(check) = check_digit(nine) {
                return ((nine - 900_000_000) * 10 + check) as u32;
            }
        }
    }
}

pub fn check_digit(mut nine: u64) -> Option<u64> {
    let mut digits = [0; 9];
    for digit in digits.iter_mut().rev() {
        *digit = (nine % 10) as u8;
        nine /= 10;
    }
    modulus_11(&digits).map(u64::from)
}

#[derive(Clone, Copy)]
pub struct Name {
    pub given: &'static str,
    pub family: &'static str,
    /// The second half of a double-barrelled name.
    pub second: Option<&'static str>,
}

pub struct Address {
    pub house: u32,
    pub street: &'static str,
    pub postcode: [u8; 7],
}

struct Culture {
    female: &'static [&'static str],
    male: &'static [&'static str],
    family: &'static [&'static str],
}

/// Other ways that people and clerks write a name.
pub fn variants(given: &str) -> &'static [&'static str] {
    VARIANTS.iter().find(|variant| variant.0 == given).map_or(&[], |variant| variant.1)
}

const VARIANTS: &[(&str, &[&str])] = &[
    ("Elizabeth", &["Liz", "Beth", "Elisabeth", "Betty"]),
    ("Margaret", &["Maggie", "Peggy", "Margret"]),
    ("Catherine", &["Katherine", "Kate", "Cathy"]),
    ("Susan", &["Sue", "Suzan"]),
    ("Patricia", &["Pat", "Trish"]),
    ("Christine", &["Chris", "Christina"]),
    ("Jennifer", &["Jenny", "Jen"]),
    ("Rebecca", &["Becky", "Rebekah"]),
    ("Sarah", &["Sara"]),
    ("Alison", &["Allison", "Ali"]),
    ("Jacqueline", &["Jackie", "Jacquie"]),
    ("Renée", &["Renee"]),
    ("Zoë", &["Zoe"]),
    ("William", &["Bill", "Will"]),
    ("Robert", &["Bob", "Rob"]),
    ("Stephen", &["Steven", "Steve"]),
    ("Michael", &["Mike", "Micheal"]),
    ("Anthony", &["Tony", "Antony"]),
    ("Geoffrey", &["Jeffrey", "Geoff"]),
    ("Alan", &["Allan", "Alun"]),
    ("Thomas", &["Tom"]),
    ("James", &["Jim", "Jamie"]),
    ("Christopher", &["Chris"]),
    ("Mohammed", &["Muhammad", "Mohamed", "Mohammad"]),
    ("Ahmed", &["Ahmad"]),
    ("Hussain", &["Hussein", "Hussayn"]),
    ("Fatima", &["Fatimah", "Fatma"]),
    ("Aisha", &["Ayesha", "Aysha"]),
    ("Amina", &["Aminah", "Ameena"]),
    ("Zainab", &["Zaynab"]),
    ("Katarzyna", &["Kasia"]),
    ("Małgorzata", &["Malgorzata", "Gosia"]),
    ("Agnieszka", &["Aga"]),
    ("Andrzej", &["Andrew"]),
    ("Tomasz", &["Tomek"]),
    ("Oluwaseun", &["Seun"]),
    ("Oluwadamilola", &["Damilola", "Dami"]),
    ("Chukwuemeka", &["Emeka"]),
    ("Xiaoming", &["Xiao Ming", "Xiao-Ming"]),
    ("Wei", &["Way"]),
];

const CULTURE: [Culture; 6] = [
    Culture {
        female: &[
            "Elizabeth",
            "Margaret",
            "Catherine",
            "Susan",
            "Patricia",
            "Christine",
            "Jennifer",
            "Rebecca",
            "Sarah",
            "Alison",
            "Jacqueline",
            "Renée",
            "Zoë",
            "Mary",
            "Jean",
            "Dorothy",
            "Joan",
            "Sheila",
            "Maureen",
            "Brenda",
            "Linda",
            "Carol",
            "Julie",
            "Karen",
            "Tracey",
            "Nicola",
            "Joanne",
            "Emma",
            "Laura",
            "Gemma",
            "Hannah",
            "Jessica",
            "Chloe",
            "Olivia",
            "Amelia",
            "Grace",
            "Lily",
            "Ivy",
            "Poppy",
            "Bethan",
            "Siân",
            "Niamh",
            "Fiona",
            "Heather",
            "Ruth",
            "Edith",
        ],
        male: &[
            "William",
            "Robert",
            "Stephen",
            "Michael",
            "Anthony",
            "Geoffrey",
            "Alan",
            "Thomas",
            "James",
            "Christopher",
            "John",
            "David",
            "Peter",
            "Brian",
            "Derek",
            "Kenneth",
            "Ronald",
            "Raymond",
            "Keith",
            "Graham",
            "Paul",
            "Mark",
            "Andrew",
            "Ian",
            "Gary",
            "Kevin",
            "Jason",
            "Lee",
            "Darren",
            "Matthew",
            "Daniel",
            "Adam",
            "Ryan",
            "Luke",
            "Joshua",
            "Jack",
            "Harry",
            "Oliver",
            "George",
            "Noah",
            "Arthur",
            "Gareth",
            "Rhys",
            "Callum",
            "Patrick",
            "Sean",
        ],
        family: &[
            "Smith",
            "Jones",
            "Taylor",
            "Brown",
            "Williams",
            "Wilson",
            "Johnson",
            "Davies",
            "Robinson",
            "Wright",
            "Thompson",
            "Evans",
            "Walker",
            "White",
            "Roberts",
            "Green",
            "Hall",
            "Wood",
            "Jackson",
            "Clarke",
            "Clark",
            "Harrison",
            "Scott",
            "Cooper",
            "Ward",
            "Turner",
            "Hill",
            "Moore",
            "Baker",
            "Morris",
            "Parker",
            "Shaw",
            "Bennett",
            "Cook",
            "Carter",
            "Richardson",
            "Bailey",
            "Collins",
            "Bell",
            "Miller",
            "Cox",
            "Webb",
            "Pearson",
            "Fletcher",
            "Barker",
            "Holmes",
            "Mills",
            "Palmer",
            "Fisher",
            "Booth",
            "Barnes",
            "Chapman",
            "Dixon",
            "Hunt",
            "Gibson",
            "Atkinson",
            "O'Brien",
            "Murphy",
            "McDonald",
            "MacKenzie",
            "Fraser",
            "Stewart",
            "Stuart",
            "Reid",
            "Read",
            "Lloyd",
            "Price",
            "Pryce",
            "Thornleigh",
            "Ashworth",
            "Greenhalgh",
            "Braithwaite",
            "Featherstone",
            "Hargreaves",
            "Oldroyd",
            "Sugden",
            "Tattersall",
            "Whitaker",
            "Whittaker",
            "Winterbottom",
        ],
    },
    Culture {
        female: &[
            "Fatima", "Aisha", "Amina", "Zainab", "Khadija", "Maryam", "Saima", "Nasreen", "Shabana", "Rukhsana",
            "Noor", "Hafsa", "Sana", "Iqra",
        ],
        male: &[
            "Mohammed", "Ahmed", "Hussain", "Ali", "Imran", "Tariq", "Bilal", "Usman", "Hamza", "Yusuf", "Ibrahim",
            "Khalid", "Asif", "Adnan",
        ],
        family: &[
            "Khan",
            "Ahmed",
            "Hussain",
            "Begum",
            "Ali",
            "Akhtar",
            "Malik",
            "Mahmood",
            "Iqbal",
            "Shah",
            "Rahman",
            "Miah",
            "Chowdhury",
            "Mirza",
            "Qureshi",
            "Rashid",
        ],
    },
    Culture {
        female: &[
            "Priya", "Anjali", "Sunita", "Kavita", "Meera", "Harpreet", "Jaspreet", "Gurpreet", "Manjit", "Rekha",
            "Nisha", "Pooja",
        ],
        male: &[
            "Rajesh",
            "Sanjay",
            "Vijay",
            "Amit",
            "Anil",
            "Harjit",
            "Gurdeep",
            "Jaswinder",
            "Balbir",
            "Ravi",
            "Nikhil",
            "Arjun",
        ],
        family: &[
            "Patel", "Singh", "Kaur", "Sharma", "Gill", "Desai", "Mistry", "Dhillon", "Sandhu", "Chauhan", "Joshi",
            "Nair",
        ],
    },
    Culture {
        female: &[
            "Katarzyna",
            "Małgorzata",
            "Agnieszka",
            "Anna",
            "Ewa",
            "Joanna",
            "Monika",
            "Ioana",
            "Elena",
            "Andreea",
            "Natalia",
            "Zofia",
        ],
        male: &[
            "Andrzej",
            "Tomasz",
            "Piotr",
            "Krzysztof",
            "Marcin",
            "Paweł",
            "Adrian",
            "Ionuţ",
            "Mihai",
            "Jakub",
            "Stanisław",
            "Lukasz",
        ],
        family: &[
            "Kowalski",
            "Nowak",
            "Wiśniewski",
            "Wójcik",
            "Kamiński",
            "Lewandowski",
            "Zieliński",
            "Popescu",
            "Ionescu",
            "Dumitru",
            "Mazur",
            "Krawczyk",
        ],
    },
    Culture {
        female: &["Mei", "Xiu", "Ling", "Hui", "Jing", "Yan", "Li", "Siew"],
        male: &["Wei", "Xiaoming", "Jian", "Hao", "Ming", "Chun", "Tao", "Kai"],
        family: &["Wong", "Chan", "Li", "Lee", "Chen", "Zhang", "Liu", "Cheung", "Lam", "Tran", "Nguyen"],
    },
    Culture {
        female: &[
            "Oluwadamilola",
            "Ngozi",
            "Chioma",
            "Abena",
            "Ama",
            "Folasade",
            "Blessing",
            "Tendai",
            "Precious",
            "Marcia",
        ],
        male: &[
            "Oluwaseun",
            "Chukwuemeka",
            "Kwame",
            "Kofi",
            "Babatunde",
            "Tunde",
            "Emmanuel",
            "Tinashe",
            "Winston",
            "Leroy",
        ],
        family: &[
            "Adeyemi", "Okafor", "Okonkwo", "Mensah", "Boateng", "Owusu", "Adebayo", "Moyo", "Campbell", "Grant",
            "Osei", "Eze",
        ],
    },
];

const STREETS: [&str; 40] = [
    "Mill Lane",
    "Weir Street",
    "Ferry Road",
    "Church Row",
    "Station Road",
    "Castle Street",
    "Brook Lane",
    "Orchard Close",
    "Tannery Yard",
    "Ropewalk",
    "Quay Street",
    "Northgate",
    "Saltley Rise",
    "Chapel Hill",
    "Priory Road",
    "Meadow View",
    "Alder Avenue",
    "Birch Grove",
    "Cedar Drive",
    "Damson Way",
    "Elm Terrace",
    "Fuller Street",
    "Granary Court",
    "Hawthorn Road",
    "Inkerman Street",
    "Jubilee Crescent",
    "Kiln Lane",
    "Lock Keepers Way",
    "Maltings Road",
    "Nelson Street",
    "Osier Walk",
    "Park Terrace",
    "Queens Road",
    "Reservoir Road",
    "School Lane",
    "Victoria Street",
    "Wharf Road",
    "Willow Bank",
    "Albert Road",
    "Beacon Hill",
];
