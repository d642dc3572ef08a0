internal import Foundation
internal import GRDB
internal import Recognition

/// Values as they lie in the tables.
enum JobRow {
    static func job(_ row: Row) throws -> Job {
        let id: Int64 = row["id"]
        guard let state = JobState(rawValue: row["state"]) else {
            throw JobStoreError(.failed, "Job \(id) has a state that this version does not know.")
        }
        let code: String? = row["reason_code"]
        let warnings: Data? = row["warnings"]
        return Job(
            id: id, owner: UInt32(clamping: row["owner"] as Int64),
            request: try decode(JobRequest.self, from: row["request"]), state: state,
            reason: code.map { JobReason(code: $0, message: row["reason_message"] ?? "") },
            attempts: row["attempts"], windows: row["windows"], seconds: row["seconds"],
            totalSeconds: row["total_seconds"], language: row["language"],
            warnings: try warnings.map { try decode([String].self, from: $0) } ?? [],
            created: row["created"], started: row["started"], finished: row["finished"])
    }

    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(value)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: data)
    }
}
