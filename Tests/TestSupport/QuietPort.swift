/// Has the body listen at a port that the system gives to nobody by itself: behind the listener's end no other test listens there.
///
/// - Parameter body: Called with a port of this machine, until it does not throw.
/// - Returns: What the body returns.
/// - Throws: What the body throws, each of many times.
package func onQuietPort<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
    // What systems give to who asks for any port begins at 32,768, or above.
    for _ in 0..<20 {
        if let result = try? await body(.random(in: 20_000..<30_000)) { return result }
    }
    return try await body(.random(in: 20_000..<30_000))
}
