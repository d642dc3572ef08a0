import Foundation
import StrictJSON
import Testing
import WireProtocol

/// Events as the package `wyoming` writes them (Tests/Fixtures/wire/generate.py).
struct ReferenceEvents {
    struct Meaning {
        let event: WireEvent
        let bytes: [UInt8]
    }

    let stream: [UInt8]
    let meanings: [Meaning]

    init() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/wire")
        stream = [UInt8](try Data(contentsOf: folder.appending(path: "reference.bin")))
        let json = try JSONValue(parsing: [UInt8](try Data(contentsOf: folder.appending(path: "reference.json"))))
        var position = 0
        var meanings: [Meaning] = []
        for value in try #require(json.array) {
            let hex = Array(try #require(value["payload"]?.string).utf8)
            let payload = try stride(from: 0, to: hex.count, by: 2).map {
                try #require(UInt8(String(decoding: hex[$0..<($0 + 2)], as: UTF8.self), radix: 16))
            }
            let count = try #require(value["bytes"]?.integer)
            let event = WireEvent(
                try #require(value["type"]?.string), data: value["data"]?.object ?? [:], payload: payload)
            meanings.append(Meaning(event: event, bytes: Array(stream[position..<(position + count)])))
            position += count
        }
        self.meanings = meanings
    }
}

@Suite struct ReferenceTests {
    @Test(arguments: [1, 2, 7, 1_000, 1 << 20])
    func readsWhatTheReferenceWrites(pieceSize: Int) throws {
        let reference = try ReferenceEvents()
        var decoder = EventDecoder()
        var events: [WireEvent] = []
        for start in stride(from: 0, to: reference.stream.count, by: pieceSize) {
            decoder.append(reference.stream[start..<min(reference.stream.count, start + pieceSize)])
            while let event = try decoder.next() { events.append(event) }
        }
        try decoder.finish()
        #expect(events == reference.meanings.map(\.event))
    }

    @Test func writesAsTheReferenceDoes() throws {
        for meaning in try ReferenceEvents().meanings {
            let bytes = EventEncoder.encode(meaning.event)
            #expect(
                bytes == meaning.bytes,
                "\(String(decoding: bytes, as: UTF8.self)) and \(String(decoding: meaning.bytes, as: UTF8.self))")
        }
    }

    private static let types: [any WireMessage.Type] = [
        Describe.self, Ping.self, Pong.self, Transcribe.self, AudioStart.self, AudioChunk.self, AudioStop.self,
        WireTranscript.self, TranscriptStart.self, TranscriptChunk.self, TranscriptStop.self, Synthesize.self,
        SynthesizeStart.self, SynthesizeChunk.self, SynthesizeStop.self, SynthesizeStopped.self, VoiceStarted.self,
        VoiceStopped.self, Played.self, WireErrorEvent.self,
    ]

    @Test func messagesKeepAllTheirFields() throws {
        var seen: Set<String> = []
        for meaning in try ReferenceEvents().meanings {
            let type = try #require(Self.types.first { $0.type == meaning.event.type })
            seen.insert(type.type)
            #expect(EventEncoder.encode(try type.init(meaning.event).event) == meaning.bytes)
        }
        #expect(seen.count == Self.types.count)
    }
}
