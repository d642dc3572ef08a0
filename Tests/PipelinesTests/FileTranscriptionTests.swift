import AudioCore
import AudioIO
import Foundation
import Recognition
import Synchronization
import TestSupport
import Testing
import VoiceActivity

@testable import Pipelines

@Suite struct FileTranscriptionTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func events(
        _ job: TranscriptionJob, _ recognizer: FakeRecognizer = .walker
    ) throws -> [TranscriptionJobEvent] {
        var events: [TranscriptionJobEvent] = []
        _ = try FileTranscription(job).run(with: recognizer) { events.append($0) }
        return events
    }

    /// A job that reads the file's samples from a descriptor; the handle must outlive it.
    private func rawJob(_ path: String) throws -> (job: TranscriptionJob, handle: FileHandle) {
        let handle = try #require(FileHandle(forReadingAtPath: path))
        try handle.seek(toOffset: 44)
        let source = TranscriptionJob.Source.rawPCM(
            fileDescriptor: handle.fileDescriptor, rate: 16_000, channels: 1, encoding: .s16le)
        return (TranscriptionJob(source, model: .path("")), handle)
    }

    @Test func whatTheRecogniserWarnsOfComesBeforeItsText() throws {
        var recognizer = FakeRecognizer.walker
        recognizer.warnings = ["mistakes many words"]
        let job = TranscriptionJob(.file(path: try folder.wav(samples: 16_000)), model: .path(""))
        let first = try events(job, recognizer).first
        guard case .warning("mistakes many words") = first else {
            Issue.record("\(String(describing: first))")
            return
        }
    }

    @Test func aFileIsScannedAndThenTranscribedWithItsLengthKnown() throws {
        let job = TranscriptionJob(.file(path: try folder.wav(samples: 160_000 * 7)), model: .path(""))
        let progress = try events(job).map { event in
            switch event {
            case .scanned(let progress): "scanned \(progress.seconds) of \(progress.totalSeconds ?? -1)"
            case .progress(let progress): "done \(progress.seconds) of \(progress.totalSeconds ?? -1)"
            case .finished: "finished"
            default: "unexpected"
            }
        }
        #expect(
            progress == [
                "scanned 60.0 of 70.0", "scanned 70.0 of 70.0", "done 30.0 of 70.0", "done 60.0 of 70.0",
                "done 70.0 of 70.0", "finished",
            ])
    }

    /// Half a minute of quiet sound, then a loud one, which counts as speech until it has become the background.
    @Test func onlyPartsWithSpeechAreTranscribedIfAsked() throws {
        let path = try folder.wav(samples: 16_000 * 40)
        #expect(try parts(of: path, named: [0], nil) == [0])
        let found = try parts(of: path, named: [0], .energy)
        try #require(found.count == 2)
        #expect(abs(found[0] - 29.6) < 0.05 && found[1] > 31 && found[1] <= 40)
        // Parts that were named go before.
        #expect(try parts(of: path, named: [5, 6], .energy) == [5, 6])
    }

    /// The parts that the recogniser is asked for.
    private func parts(
        of path: String, named: [Double], _ model: VoiceActivityModel?
    ) throws -> [Double] {
        final class Seen: Sendable {
            let parts = Mutex<[Double]>([])
        }
        let seen = Seen()
        var job = TranscriptionJob(.file(path: path), model: .path(""))
        job.options.clipTimestamps = named
        job.voiceActivity = model
        var recognizer = FakeRecognizer { _, _ in }
        recognizer.inspect = { options in seen.parts.withLock { $0 = options.clipTimestamps } }
        _ = try events(job, recognizer)
        return seen.parts.withLock { $0 }
    }

    @Test func aPipeIsTranscribedAsItComes() throws {
        let (job, handle) = try rawJob(try folder.wav(samples: 160_000 * 4))
        defer { try? handle.close() }
        let progress = try events(job).compactMap { event -> TranscriptionProgress? in
            if case .scanned = event { Issue.record("a pipe was scanned") }
            guard case .progress(let progress) = event else { return nil }
            return progress
        }
        #expect(progress == [TranscriptionProgress(seconds: 30), TranscriptionProgress(seconds: 40)])
    }

    @Test func aPipeCanBeNormalizedAsAWholeUpToALimit() throws {
        let path = try folder.wav(samples: 40_000)
        var (job, handle) = try rawJob(path)
        defer { try? handle.close() }
        job.normalization = .wholeRecording
        let fromFile = Box<[Float]>([])
        let fromPipe = Box<[Float]>([])
        let file = TranscriptionJob(.file(path: path), model: .path(""))
        _ = try events(file, FakeRecognizer { s, _ in fromFile.value = try s.everything() })
        _ = try events(job, FakeRecognizer { s, _ in fromPipe.value = try s.everything() })
        #expect(fromPipe.value == fromFile.value)
        #expect(fromPipe.value.count == 250 * 80)

        try handle.seek(toOffset: 44)
        job.retainedSeconds = 1
        let error = #expect(throws: PipelineError.self) { try events(job) }
        #expect(error?.code == .recordingTooLong)
    }

    @Test func damageIsReported() throws {
        let (job, handle) = try rawJob(try folder.wav(samples: 1_000))
        defer { try? handle.close() }
        try handle.seek(toOffset: 45)
        let warnings = try events(job).compactMap { event -> String? in
            guard case .warning(let message) = event else { return nil }
            return message
        }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("1 of the 2 bytes of a frame") == true)
    }

    @Test func errorsOfTheAudioPassUnchanged() throws {
        let nowhere = TranscriptionJob(.file(path: "/nowhere.wav"), model: .path(""))
        let missing = #expect(throws: AudioError.self) { try events(nowhere) }
        #expect(missing?.code == .openFailed)
        var job = TranscriptionJob(.file(path: try folder.wav(samples: 32_000)), model: .path(""))
        job.maximumSeconds = 1
        let tooLong = #expect(throws: AudioError.self) { try events(job) }
        #expect(tooLong?.code == .tooLong)
    }

    @Test func optionsAreRefusedBeforeTheRecordingIsOpened() throws {
        var recognizer = FakeRecognizer.walker
        recognizer.refusal = RecognitionError(.optionInvalid, "no")
        let nowhere = TranscriptionJob(.file(path: "/nowhere.wav"), model: .path(""))
        let error = #expect(throws: RecognitionError.self) { try events(nowhere, recognizer) }
        #expect(error?.code == .optionInvalid)
    }

    @Test(arguments: [0, 1, 159, 160, 200, 201, 399, 400])
    func veryShortRecordingsHaveTheirWholeFrames(samples: Int) throws {
        let job = TranscriptionJob(.file(path: try folder.wav(samples: samples)), model: .path(""))
        _ = try events(
            job,
            FakeRecognizer { source, _ in
                let values = try source.everything()
                #expect(values.count == samples / 160 * 80)
                #expect(values.allSatisfy { $0.isFinite })
            })
    }
}

@Suite struct TranscriptionStreamTests {
    @Test func deliversEventsInOrderAndTheResultLast() async throws {
        let folder = try TemporaryFolder()
        let job = TranscriptionJob(.file(path: try folder.wav(samples: 16_000)), model: .path(""))
        var names: [String] = []
        for try await event in job.run(with: { FakeRecognizer.walker }) {
            names.append(String(describing: event).prefix { $0 != "(" }.description)
        }
        #expect(names == ["scanned", "progress", "finished"])
    }

    @Test func failuresEndTheStream() async throws {
        let job = TranscriptionJob(.file(path: "/nowhere.wav"), model: .path(""))
        await #expect(throws: AudioError.self) {
            for try await _ in job.run(with: { FakeRecognizer.walker }) {}
        }
    }

    /// More jobs at once than the cooperative pool has threads, each waiting for all the others.
    @Test func jobsDoNotOccupyTheCooperativePool() async throws {
        let folder = try TemporaryFolder()
        let job = TranscriptionJob(.file(path: try folder.wav(samples: 1_600)), model: .path(""))
        let count = ProcessInfo.processInfo.activeProcessorCount + 3
        let waiting = NSCondition()
        let arrived = Box(0)
        let recognizer = FakeRecognizer { _, _ in
            waiting.lock()
            defer { waiting.unlock() }
            arrived.value += 1
            waiting.broadcast()
            let deadline = Date(timeIntervalSinceNow: 1_800)
            while arrived.value < count, waiting.wait(until: deadline) {}
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { for try await _ in job.run(with: { recognizer }) {} }
            }
            try await group.waitForAll()
        }
        #expect(arrived.value == count)
    }

    @Test func theJobEndsWhenNobodyListens() async throws {
        let folder = try TemporaryFolder()
        let job = TranscriptionJob(.file(path: try folder.wav(samples: 1_600)), model: .path(""))
        let ended = AsyncStream<Bool>.makeStream()
        let recognizer = FakeRecognizer { _, onEvent in
            try onEvent(.progress(seconds: 0))
            let deadline = Date(timeIntervalSinceNow: 1_800)
            while !Task.isCancelled, Date() < deadline { usleep(1_000) }
            ended.continuation.yield(Task.isCancelled)
            throw RecognitionError(.cancelled, "cancelled")
        }
        for try await event in job.run(with: { recognizer }) {
            if case .progress = event { break }
        }
        var iterator = ended.stream.makeAsyncIterator()
        #expect(await iterator.next() == true)
    }

    @Test func aSilentPipeIsLeft() async throws {
        let pipe = Pipe()
        let source = TranscriptionJob.Source.rawPCM(
            fileDescriptor: pipe.fileHandleForReading.fileDescriptor, rate: 16_000, channels: 1, encoding: .s16le)
        let task = Task.detached(executorPreference: ThreadPerJobExecutor()) {
            try FileTranscription(TranscriptionJob(source, model: .path(""))).run(with: FakeRecognizer.walker) { _ in }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try pipe.fileHandleForWriting.close()
    }
}

/// A variable that closures share; tests read it only after the closure's thread is done or under a lock of their own.
final class Box<Value>: @unchecked Sendable {
    var value: Value

    init(_ value: Value) {
        self.value = value
    }
}
