/// An abbreviation, what it stands for, and where it does.
struct Abbreviation: Sendable {
    enum Place: Sendable {
        /// Anywhere, with or without its full stop.
        case anywhere
        /// Only with its full stop.
        case withStop
        /// Before a capitalised word, with or without a full stop.
        case beforeName
        /// Before a capitalised word, with its full stop.
        case beforeNameWithStop
        /// Before a number.
        case beforeNumber
        /// After a capitalised word, with or without a full stop.
        case afterName
        /// After a capitalised word, with its full stop.
        case afterNameWithStop
        /// With its full stop, and never as a name or as the last word: before a number or a small letter.
        case measuring
        /// The number or name of an edition before it, or a number after it, with its full stop.
        case afterOrdinal
        /// Between a place with its comma and whatever comes, or before a postal code, with its full stop.
        case afterPlace
    }

    var words: String
    var place: Place
    /// Counts only when it begins with a capital.
    var capital: Bool

    init(_ words: String, _ place: Place, capital: Bool = false) {
        self.words = words
        self.place = place
        self.capital = capital
    }
}

extension Abbreviation {
    /// Abbreviations by their letters in small, without the stop; the first that fits its place counts.
    static let table: [String: [Abbreviation]] = {
        var table: [String: [Abbreviation]] = [:]
        let groups: [([(String, String)], Place, Bool)] = [
            (titles, .beforeName, true), (titlesWithStop, .beforeNameWithStop, true), (streets, .afterName, true),
            (streetsWithStop, .afterNameWithStop, true), (beforeNumbers, .beforeNumber, false),
            (afterNames, .afterName, true), (withStop, .withStop, false), (anywhere, .anywhere, false),
            (capitalsWithStop, .withStop, true), (measuring, .measuring, false),
            ([("ed", "edition")], .afterOrdinal, false), (ambiguousStates, .afterPlace, true),
        ]
        for (list, place, capital) in groups {
            for (letters, words) in list {
                table[letters, default: []].append(Abbreviation(words, place, capital: capital))
            }
        }
        return table
    }()

    private static let titles = [
        ("dr", "Doctor"), ("mr", "Mister"), ("mrs", "Missus"), ("messrs", "Messieurs"), ("prof", "Professor"),
        ("sgt", "Sergeant"), ("capt", "Captain"), ("cpl", "Corporal"), ("cmdr", "Commander"), ("pvt", "Private"),
        ("mme", "Madame"), ("mlle", "Mademoiselle"), ("ms", "Miz"),
    ]
    private static let titlesWithStop = [
        ("gen", "General"), ("col", "Colonel"), ("lt", "Lieutenant"), ("maj", "Major"), ("adm", "Admiral"),
        ("gov", "Governor"), ("sen", "Senator"), ("rep", "Representative"), ("pres", "President"),
        ("rev", "Reverend"), ("hon", "Honorable"), ("fr", "Father"), ("supt", "Superintendent"),
        ("insp", "Inspector"), ("det", "Detective"), ("amb", "Ambassador"), ("mt", "Mount"), ("ft", "Fort"),
        ("pt", "Point"), ("st", "Saint"), ("ste", "Sainte"), ("sr", "Senior"), ("msgr", "Monsignor"),
    ]
    private static let streets = [
        ("ave", "Avenue"), ("blvd", "Boulevard"), ("rd", "Road"), ("hwy", "Highway"), ("pkwy", "Parkway"),
    ]
    private static let streetsWithStop = [
        ("st", "Street"), ("dr", "Drive"), ("ln", "Lane"), ("ct", "Court"), ("pl", "Place"), ("sq", "Square"),
        ("ter", "Terrace"),
    ]
    private static let afterNames = [
        ("jr", "Junior"), ("sr", "Senior"), ("esq", "Esquire"), ("bros", "Brothers"), ("ltd", "Limited"),
    ]
    private static let beforeNumbers = [
        ("no", "number"), ("nos", "numbers"), ("p", "page"), ("pp", "pages"), ("vol", "volume"), ("vols", "volumes"),
        ("ch", "chapter"), ("chap", "chapter"), ("sec", "section"), ("sect", "section"), ("fig", "figure"),
        ("figs", "figures"), ("eq", "equation"), ("art", "article"), ("para", "paragraph"), ("pt", "part"),
        ("ver", "version"), ("c", "circa"), ("ca", "circa"), ("ext", "extension"), ("apt", "apartment"),
        ("ste", "suite"), ("rm", "room"), ("op", "opus"), ("est", "established"), ("flt", "flight"), ("rte", "route"),
        ("hwy", "highway"), ("col", "column"), ("ep", "episode"), ("min", "minimum"),
        ("pl", "plate"), ("vv", "verses"), ("ps", "Psalm"), ("rs", "rupees"),
    ]
    private static let withStop = [
        ("vs", "versus"), ("etc", "et cetera"), ("approx", "approximately"), ("est", "estimated"),
        ("dept", "department"), ("govt", "government"), ("assn", "association"), ("assoc", "association"),
        ("misc", "miscellaneous"), ("incl", "including"), ("excl", "excluding"), ("univ", "university"),
        ("intl", "international"), ("natl", "national"), ("mgr", "manager"), ("asst", "assistant"),
        ("mfg", "manufacturing"), ("wt", "weight"), ("qty", "quantity"), ("avg", "average"),
        ("tel", "telephone"), ("attn", "attention"), ("cf", "compare"), ("viz", "namely"),
        ("al", "al"), ("eds", "editors"),
        ("hrs", "hours"), ("mins", "minutes"), ("secs", "seconds"), ("yrs", "years"), ("lbs", "pounds"),
        ("ibid", "ibid"), ("blvd", "boulevard"), ("bldg", "building"), ("encl", "enclosed"), ("dist", "district"),
        ("abbr", "abbreviation"), ("orig", "original"), ("vol", "volume"),
        ("vols", "volumes"),
        ("sci", "science"), ("elec", "electric"), ("equiv", "equivalent"), ("pkg", "package"), ("ave", "avenue"),
    ]
    /// Words, or names, of their own where nothing is measured or counted.
    private static let measuring = [
        ("max", "maximum"), ("temp", "temperature"), ("ref", "reference"), ("refs", "references"),
        ("fig", "figure"), ("figs", "figures"), ("trans", "translated"),
    ]
    private static let anywhere = [
        ("aka", "also known as"), ("mph", "miles per hour"), ("blvd", "boulevard"), ("govt", "government"),
        ("vs", "versus"), ("approx", "approximately"), ("inc", "Incorporated"), ("prof", "Professor"),
        ("lbs", "pounds"), ("thru", "through"), ("mgmt", "management"), ("etc", "et cetera"),
    ]
    private static let capitalsWithStop = [
        ("mr", "Mister"), ("mrs", "Missus"), ("jr", "Junior"), ("co", "Company"), ("corp", "Corporation"),
        ("ariz", "Arizona"), ("calif", "California"), ("fla", "Florida"), ("minn", "Minnesota"), ("okla", "Oklahoma"),
        ("tenn", "Tennessee"), ("ont", "Ontario"), ("colo", "Colorado"), ("mich", "Michigan"), ("wis", "Wisconsin"),
        ("neb", "Nebraska"),
    ]
    /// States whose abbreviations are words or names too: "Sean Penn", "went to Mass".
    private static let ambiguousStates = [
        ("conn", "Connecticut"), ("mass", "Massachusetts"), ("penn", "Pennsylvania"), ("nev", "Nevada"),
    ]

    /// Abbreviations with a stop after each letter, and what is said for them; others are said letter by letter.
    static let dotted: [String: String] = [
        "e.g": "for example", "i.e": "that is", "a.k.a": "also known as", "p.s": "P.S", "n.b": "note well",
    ]

    /// States of the U.S. by their postal codes.
    static let states: [String: String] = [
        "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
        "CT": "Connecticut", "DE": "Delaware", "DC": "D.C", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii",
        "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
        "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
        "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
        "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
        "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
        "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
        "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
        "WI": "Wisconsin", "WY": "Wyoming",
    ]
}
