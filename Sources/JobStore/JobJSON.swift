import Pipelines
import Recognition
public import StrictJSON

extension Job {
    /// The job as an object, for programs: what `hearsay jobs --json` prints and the daemon sends.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.value(Int(id))
        json.key("state")
        json.value(state.rawValue)
        json.key("path")
        json.value(request.path)
        json.key("priority")
        json.value(request.priority)
        json.key("owner")
        json.value(Int(owner))
        json.key("windows")
        json.value(windows)
        json.key("seconds")
        json.value(seconds)
        write("total_seconds", totalSeconds, &json)
        json.key("attempts")
        json.value(attempts)
        write("model", request.model, &json)
        if request.skipsSilence {
            json.key("vad")
            json.value(true)
        }
        write("language", language, &json)
        write("output_folder", request.output?.folder, &json)
        write("output_name", request.output?.name, &json)
        json.key("output_formats")
        json.beginArray()
        for format in request.output?.formats ?? [] { json.value(format.rawValue) }
        json.endArray()
        if let subtitles = request.output?.subtitles { write(subtitles, &json) }
        write("reason_code", reason?.code, &json)
        write("reason", reason?.message, &json)
        json.key("warnings")
        json.beginArray()
        for warning in warnings { json.value(warning) }
        json.endArray()
        write("created", created.seconds, &json)
        write("started", started?.seconds, &json)
        write("finished", finished?.seconds, &json)
        json.endObject()
    }

    private func write(_ subtitles: SubtitleOptions, _ json: inout JSONWriter) {
        json.key("output_subtitles")
        json.beginObject()
        write("max_line_width", subtitles.maxLineWidth, &json)
        write("max_line_count", subtitles.maxLineCount, &json)
        write("max_words_per_line", subtitles.maxWordsPerLine, &json)
        json.key("highlight_words")
        json.value(subtitles.highlightsWords)
        json.endObject()
    }

    private func write(_ key: String, _ value: Int?, _ json: inout JSONWriter) {
        json.key(key)
        if let value { json.value(value) } else { json.null() }
    }

    private func write(_ key: String, _ value: Double?, _ json: inout JSONWriter) {
        json.key(key)
        if let value { json.value(value) } else { json.null() }
    }

    private func write(_ key: String, _ value: String?, _ json: inout JSONWriter) {
        json.key(key)
        if let value { json.value(value) } else { json.null() }
    }
}

extension Job {
    /// A job as ``write(to:)`` wrote it; the options that it is transcribed with are not in it.
    ///
    /// - Throws: ``JobStoreError/Code/failed`` for an object that is no job.
    public init(_ json: JSONObject) throws(JobStoreError) {
        guard let id = json["id"]?.integer, let path = json["path"]?.string,
            let state = json["state"]?.string.flatMap({ JobState(rawValue: $0) })
        else { throw JobStoreError(.failed, "The daemon sent a job that this version does not understand.") }
        let formats = (json["output_formats"]?.array ?? []).compactMap {
            $0.string.flatMap { TranscriptFormat(rawValue: $0) }
        }
        let subtitles = json["output_subtitles"] ?? .null
        let output = json["output_folder"]?.string.map { folder in
            TranscriptFiles(
                folder: folder, formats: formats,
                subtitles: SubtitleOptions(
                    maxLineWidth: subtitles["max_line_width"]?.integer,
                    maxLineCount: subtitles["max_line_count"]?.integer,
                    maxWordsPerLine: subtitles["max_words_per_line"]?.integer,
                    highlightsWords: subtitles["highlight_words"]?.bool ?? false),
                name: json["output_name"]?.string)
        }
        let reason = json["reason_code"]?.string.map { JobReason(code: $0, message: json["reason"]?.string ?? "") }
        func time(_ key: String) -> Int64? { json[key]?.double.map { Int64(min(max($0, 0), 1e12) * 1_000) } }
        self.init(
            id: Int64(id), owner: UInt32(clamping: json["owner"]?.integer ?? 0),
            request: JobRequest(
                path: path, model: json["model"]?.string, skipsSilence: json["vad"]?.bool ?? false, output: output,
                priority: json["priority"]?.integer ?? 0),
            state: state, reason: reason, attempts: json["attempts"]?.integer ?? 0,
            windows: json["windows"]?.integer ?? 0, seconds: json["seconds"]?.double ?? 0,
            totalSeconds: json["total_seconds"]?.double, language: json["language"]?.string,
            warnings: (json["warnings"]?.array ?? []).compactMap(\.string), created: time("created") ?? 0,
            started: time("started"), finished: time("finished"))
    }
}

extension Int64 {
    /// Milliseconds as seconds.
    fileprivate var seconds: Double { Double(self) / 1_000 }
}
