internal import CHelperProcess

/// Whether other processes of the same user can look into this one.
public enum ProcessSecrecy {
    /// Keeps them from it, and the system from dumping this process, for as long as it runs.
    ///
    /// - Returns: false where the system does not do that.
    public static func begin() -> Bool { hearsay_hide() }

    public static var isInForce: Bool { hearsay_is_hidden() }
}

/// A new file that lies in no folder and on no disk.
public enum MemoryFile {
    /// Its descriptor, which is the caller's to close; negative, with `errno`, where there is none.
    public static func open() -> Int32 { hearsay_memory_file() }
}
