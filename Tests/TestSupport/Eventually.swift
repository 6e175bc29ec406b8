/// Asks until the answer is yes, or the time is over.
///
/// This is how a test waits for what nobody tells it of: between two questions its thread is free for others.
///
/// - Parameters:
///   - time: The longest that is waited (longer with a sanitizer); a test that waits in vain fails, and does not hang.
///   - isTrue: The question, asked every other millisecond.
/// - Returns: Whether the answer was yes.
package func eventually(within time: Duration = .seconds(10), _ isTrue: () async throws -> Bool) async rethrows -> Bool
{
    let end = ContinuousClock.now + time * slowness
    while true {
        if try await isTrue() { return true }
        guard ContinuousClock.now < end else { return false }
        // A task that was cancelled does not sleep: it must not spin either.
        guard (try? await Task.sleep(for: .milliseconds(2))) != nil else { return try await isTrue() }
    }
}
