import StrictJSON
import WireProtocol

/// Reads the input as the events of a connection, whole and in two pieces; both must come to the same. What is read must
/// read back equal after it was written, and no message may trap on it.
@_cdecl("fuzzOneInput")
public func fuzzWire(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let input = Array(UnsafeRawBufferPointer(start: start, count: count))
    let whole = events(of: [input[...]])
    let half = events(of: [input[..<(count / 2)], input[(count / 2)...]])
    guard whole == half else { fatalError("pieces are read differently from the whole") }
    for event in whole {
        let again = events(of: [EventEncoder.encode(event)[...]], limits: WireLimits())
        guard again == [event] else { fatalError("a written event reads back differently") }
        for type in types where type.type == event.type {
            guard let message = try? type.init(event) else { continue }
            guard let second = try? type.init(message.event), second.event == message.event else {
                fatalError("a message is not what it was after it was written")
            }
        }
    }
    return 0
}

/// Limits that inputs of the fuzzer's size reach.
private let tightLimits = {
    var limits = WireLimits()
    limits.header = 4_096
    limits.data = 8_192
    limits.payload = 16_384
    limits.values = 1_000
    return limits
}()

private func events(of pieces: [ArraySlice<UInt8>], limits: WireLimits = tightLimits) -> [WireEvent] {
    var decoder = EventDecoder(limits: limits)
    var events: [WireEvent] = []
    for piece in pieces {
        decoder.append(piece)
        while true {
            do {
                guard let event = try decoder.next() else { break }
                events.append(event)
            } catch {
                if error.endsConnection { return events }
            }
        }
    }
    return events
}

private let types: [any WireMessage.Type] = [
    Ping.self, Pong.self, Transcribe.self, AudioStart.self, AudioChunk.self, AudioStop.self, WireTranscript.self,
    TranscriptStart.self, TranscriptChunk.self, Synthesize.self, SynthesizeStart.self, SynthesizeChunk.self,
    VoiceStarted.self, VoiceStopped.self, WireErrorEvent.self, TranscribeFile.self, FileChunk.self, SegmentReport.self,
    TranscriptEnd.self, LanguageReport.self, WarningReport.self, TranscriptionProgressReport.self, SettingsReport.self,
    VoiceList.self, StatusReport.self,
]
