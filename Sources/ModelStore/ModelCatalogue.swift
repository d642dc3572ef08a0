/// A public model: where its files lie and what is known of them.
public struct CatalogueEntry: Sendable, Equatable {
    /// The name people use, and the folder's name once installed, e.g. `large-v3-turbo`.
    public let name: String
    /// Owner and name on the hub, e.g. `openai/whisper-large-v3-turbo`.
    public let repository: String
    /// Branch, tag or commit.
    public let revision: String
    /// Millions of parameters, rounded; for the reader of a list.
    public let millionParameters: Int?
    /// Whether it knows other languages than English; nil when unknown.
    public let isMultilingual: Bool?
    /// SHA-256 digests (64 lowercase hexadecimal digits) by file name, where they are known for certain.
    public let digests: [String: String]

    public init(
        name: String, repository: String, revision: String = "main", millionParameters: Int? = nil,
        isMultilingual: Bool? = nil, digests: [String: String] = [:]
    ) {
        self.name = name
        self.repository = repository
        self.revision = revision
        self.millionParameters = millionParameters
        self.isMultilingual = isMultilingual
        self.digests = digests
    }
}

/// The public Whisper models by name.
public enum ModelCatalogue {
    /// OpenAI's models and the distilled ones, in order of size. Parameter counts: Whisper paper, table 1, and the
    /// model cards.
    public static let entries: [CatalogueEntry] = [
        openAI("tiny", 39),
        openAI("tiny.en", 39, multilingual: false),
        openAI("base", 74),
        openAI("base.en", 74, multilingual: false),
        distilled("small.en", 166),
        openAI("small", 244),
        openAI("small.en", 244, multilingual: false),
        distilled("medium.en", 394),
        distilled("large-v2", 756),
        distilled("large-v3", 756),
        openAI("medium", 769),
        openAI("medium.en", 769, multilingual: false),
        openAI("large-v3-turbo", 809),
        CatalogueEntry(
            name: "large-v1", repository: "openai/whisper-large", millionParameters: 1550, isMultilingual: true),
        openAI("large-v2", 1550),
        openAI("large-v3", 1550),
    ]

    /// Other names in use for the same models.
    static let aliases = ["large": "large-v3", "turbo": "large-v3-turbo"]

    /// The entry of `name`: a name of the catalogue, an alias, or `owner/repository` on the hub.
    ///
    /// Throws `store.model_unknown` for any other name and `store.name_invalid` for a malformed repository.
    public static func entry(named name: String) throws(ModelStoreError) -> CatalogueEntry {
        let canonical = aliases[name] ?? name
        if let entry = entries.first(where: { $0.name == canonical }) { return entry }
        guard name.contains("/") else {
            throw ModelStoreError(
                .unknownModel,
                "no public model is called '\(name)'; `hearsay models list` shows the names, and owner/repository works too"
            )
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(FileName.isAcceptable) else {
            throw ModelStoreError(.nameInvalid, "'\(name)' is not of the form owner/repository")
        }
        return CatalogueEntry(name: parts[1], repository: name)
    }

    private static func openAI(_ name: String, _ parameters: Int, multilingual: Bool = true) -> CatalogueEntry {
        CatalogueEntry(
            name: name, repository: "openai/whisper-\(name)", millionParameters: parameters,
            isMultilingual: multilingual)
    }

    private static func distilled(_ name: String, _ parameters: Int) -> CatalogueEntry {
        CatalogueEntry(
            name: "distil-\(name)", repository: "distil-whisper/distil-\(name)", millionParameters: parameters,
            isMultilingual: false)
    }
}

/// Names that may become a part of a path.
enum FileName {
    /// Letters, digits, `.`, `_` and `-`, at most 128, not beginning with a dot: nothing that could lead out of a folder.
    static func isAcceptable(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "."), name.utf8.count <= 128 else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}
