/// How a client's manager connects, and connects again; the defaults are the reference's.
package struct ManagerOptions: Sendable, Equatable {
    /// Whether a connection that was lost, or could not be opened, is tried again.
    package var reconnection = true
    /// The attempts before reconnection is given up; nil: without end.
    package var reconnectionAttempts: Int?
    /// The delay before the first attempt, before jitter.
    package var reconnectionDelay: Duration = .seconds(1)
    /// The longest delay between two attempts.
    package var reconnectionDelayMax: Duration = .seconds(5)
    /// How much of a delay is left to chance, 0…1.
    package var randomizationFactor = 0.5
    /// The time that an attempt may take until the engine is open; nil: as long as it wants.
    package var timeout: Duration? = .seconds(20)

    package init() {}
}
