import ArgumentParser
import AudioCore
import AudioIO
import Watermark

/// `hearsay mark`: whether sound is synthetic speech.
struct MarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark", abstract: "Find out whether sound is speech that hearsay made.",
        discussion: """
            All speech that hearsay makes bears a mark in the sound itself, and the files that `say` writes a signed \
            note. `detect` looks for the mark, `verify` checks the note.
            """,
        subcommands: [MarkDetectCommand.self, MarkVerifyCommand.self])
}

/// This machine's key, as the commands use it.
enum Marking {
    static let version = HearsayCommand.configuration.version

    /// - Parameter note: hears why there is none.
    static func key(note: (String) -> Void) -> MarkingKey? {
        do {
            return try MarkingKey.open(environment: Environment.current)
        } catch {
            note("\(error.message); the speech bears everyone's mark only")
            return nil
        }
    }
}

/// `hearsay mark detect`
struct MarkDetectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect", abstract: "Look for the mark of synthetic speech in a recording.",
        discussion: """
            Exit status 0 where it is found, 1 where it is not. Found means that a recording without the mark looks so \
            with a probability of at most 1 in 1,000,000: an upper bound, whatever the recording. Ten seconds of speech \
            are enough as a rule, after loss of quality twenty. That nothing is found proves nothing: marks can be \
            removed, and other programs' speech has none of this kind.
            """)

    @Argument(help: ArgumentHelp("Any sound file.", valueName: "recording"), completion: .file())
    var input: String

    @Flag(help: "Print all there is to know as JSON.")
    var json = false

    @Flag(help: "Do not try whether it is played too fast or too slow; faster where there is no mark.")
    var fixedSpeed = false

    @Option(
        help:
            "Look for this many marks of made-up keys as well, which are not there, to see how often chance finds one.")
    var decoys = 0

    func validate() throws {
        if !(0...100_000).contains(decoys) { throw ValidationError("--decoys must be 0 … 100000") }
    }

    func run() throws {
        let key = try? MarkingKey.open(environment: Environment.current)
        var detector = WatermarkDetector(keys: key.map { [$0.watermark] } ?? [], decoys: decoys)
        detector.searchesSpeeds = !fixedSpeed
        let evidence = try search(detector)
        try StandardStream.output.write(
            json ? MarkReport.json(evidence, file: input) : MarkReport.text(evidence, file: input))
        if !evidence.isFound { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    private func search(_ detector: WatermarkDetector) throws -> WatermarkEvidence {
        let stream = try MonoStream(try AudioFile.open(input), sampleRate: WatermarkScan.sampleRate)
        var scan = WatermarkScan(detector)
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1 << 16)
        defer { block.deallocate() }
        while true {
            if HearsayCommand.interruption.isRequested { throw CancellationError() }
            let count = try stream.read(into: block)
            guard count > 0 else { break }
            try scan.append(UnsafeBufferPointer(rebasing: block[..<count]))
        }
        return try scan.finish()
    }
}

/// `hearsay mark verify`
struct MarkVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check what a file says of where its sound comes from.",
        discussion: """
            Exit status 0 where the file says that its sound is synthetic and the sound is what was signed; 1 where it \
            says nothing, is not signed, or the sound was changed. The signature tells that the holder of the key made \
            the file, and --key whether that is who is meant.
            """)

    @Argument(help: ArgumentHelp("A file that `say` wrote.", valueName: "file"), completion: .file())
    var input: String

    @Option(help: ArgumentHelp("The key that must have signed it, as 64 hexadecimal digits.", valueName: "digits"))
    var key: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        let isKey = key.map { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) } ?? true
        if !isKey { throw ValidationError("--key is 64 hexadecimal digits") }
    }

    func run() throws {
        let claim = try FileClaim.read(input)
        let own = (try? MarkingKey.open(environment: Environment.current))?.publicKey
        let report = ClaimReport(claim, own: own, wanted: key?.lowercased())
        try StandardStream.output.write(json ? report.json(file: input) : report.text(file: input))
        if !report.isGood { throw ExitCode(ExitStatus.failure.rawValue) }
    }
}
