// What a child process does to itself before it touches what strangers made.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    /// Files may be opened for reading.
    HEARSAY_CONFINE_READING,
    /// No file may be opened: what is to be read is open already.
    HEARSAY_CONFINE_OPENING_NOTHING,
} hearsay_confinement;

/// Makes this process one that can do little else than compute: no descriptors from `first_closed` on, no more than
/// `memory` bytes of address space and `seconds` of computing, few descriptors, no new privileges, no core dumps; no call
/// to the kernel that starts a program, opens a connection or writes to a file.
void hearsay_confine(hearsay_confinement confinement, uint32_t first_closed, size_t memory, uint32_t seconds);

/// Lets this thread, after `hearsay_confine`, open nothing but what lies in a folder, and that for reading only. False where
/// the kernel has no such limit (before Linux 5.13), or the folder cannot be opened.
bool hearsay_read_only_in(const char *folder);

/// Lets the kernel end this process `seconds` from now; 0 calls that off.
void hearsay_deadline(uint32_t seconds);

/// Keeps other processes of the same user from reading this one's memory, and the system from dumping it. False where that
/// is not possible.
bool hearsay_hide(void);

/// A new file that lies in no folder and on no disk; negative, with errno, where there is none.
int hearsay_memory_file(void);

/// Whether `hearsay_hide` is in force.
bool hearsay_is_hidden(void);
