import Synchronization

/// A server's certificates, keys and settings, ready for use on any number of listening sockets.
///
/// ```swift
/// let tls = try TLSContext(TLSConfiguration(certificateChain: .file("chain.pem"), privateKey: .file("key.pem")))
/// try await io.listen(port: 443, tls: tls)
/// // Once the files are new ones:
/// try tls.reload()
/// ```
public final class TLSContext: Sendable {
    private let state: Mutex<State>
    private let counters = TLSCounters()

    private struct State {
        var configuration: TLSConfiguration
        var material: TLSMaterial
    }

    /// Reads the configuration's files.
    ///
    /// - Parameter configuration: How the server speaks TLS.
    /// - Throws: ``TLSError`` if something cannot be read, or does not fit together; it says what, and why.
    public init(_ configuration: TLSConfiguration) throws(TLSError) {
        let material = try TLSMaterial(configuration, counters: counters)
        state = Mutex(State(configuration: configuration, material: material))
    }

    /// Reads the files again; connections that are made from now on use what is in them.
    ///
    /// Those that are there keep what they have. If something is wrong nothing changes. The key of the tickets that
    /// clients resume with is a new one, too.
    ///
    /// - Throws: ``TLSError`` if something cannot be read, or does not fit together.
    public func reload() throws(TLSError) {
        try reload(state.withLock { $0.configuration })
    }

    /// Goes over to another configuration; connections that are made from now on use it.
    ///
    /// Those that are there keep what they have. If something is wrong nothing changes.
    ///
    /// - Parameter configuration: How the server speaks TLS from now on.
    /// - Throws: ``TLSError`` if something cannot be read, or does not fit together.
    public func reload(_ configuration: TLSConfiguration) throws(TLSError) {
        // Reading takes its time; nobody has to wait for it.
        let material = try TLSMaterial(configuration, counters: counters)
        state.withLock { $0 = State(configuration: configuration, material: material) }
    }

    /// The handshakes that succeeded, since the context was made.
    public var completedHandshakes: Int { counters.completed.load(ordering: .relaxed) }

    /// The handshakes that failed: by the client's fault, for want of something in common, or because of their time.
    public var failedHandshakes: Int { counters.failed.load(ordering: .relaxed) }

    /// What a connection that is made now uses.
    var material: TLSMaterial { state.withLock { $0.material } }
}

/// A client's settings, and what it shows and trusts, ready for use on any number of connections.
public final class TLSClientContext: Sendable {
    let material: TLSMaterial

    /// Reads the configuration's files.
    ///
    /// - Parameter configuration: How the client speaks TLS.
    /// - Throws: ``TLSError`` if something cannot be read, or does not fit together; it says what, and why.
    public init(_ configuration: TLSClientConfiguration = TLSClientConfiguration()) throws(TLSError) {
        material = try TLSMaterial(configuration, counters: TLSCounters())
    }
}
