import Foundation
import Testing

@testable import SocketIOProtocol

/// The client's machines over a bad network: what is promised, in random schedules.
@Suite struct ChaosTests {
    /// The number of schedules, of `SIO_SCHEDULES`.
    private static let schedules =
        ProcessInfo.processInfo.environment["SIO_SCHEDULES"].flatMap { UInt64($0) } ?? 1_000

    @Test(.enabled(if: ProcessInfo.processInfo.environment["SIO_SEED"] != nil))
    func `one schedule is told in full`() throws {
        let seed = try #require(ProcessInfo.processInfo.environment["SIO_SEED"].flatMap { UInt64($0) })
        let world = ChaosWorld(seed: seed)
        world.history = []
        world.run()
        print((world.history ?? []).joined(separator: "\n"))
        #expect(world.violations() == [])
    }

    @Test func `promises hold, whatever the network, the server and the application do`() async {
        let schedules = Self.schedules
        // Each core has seeds of its own.
        let parts = UInt64(max(1, ProcessInfo.processInfo.activeProcessorCount))
        let time = await ContinuousClock().measure {
            await withTaskGroup(of: (UInt64, [String])?.self) { group in
                for part in 0..<parts {
                    group.addTask {
                        for seed in stride(from: part, to: schedules, by: Int(parts)) {
                            let world = ChaosWorld(seed: seed)
                            world.run()
                            let violations = world.violations()
                            if !violations.isEmpty { return (seed, violations) }
                        }
                        return nil
                    }
                }
                for await failure in group {
                    if let (seed, violations) = failure {
                        Issue.record("seed \(seed): \(violations.joined(separator: "; "))")
                    }
                }
            }
        }
        // For people to read: how long it takes is the machine's affair.
        let rate = Int(Double(schedules) / (time / .seconds(1)))
        print("\(schedules) schedules on \(parts) cores: \(rate) a second")
    }

    @Test func `schedules know all kinds of trouble`() {
        var endings: [String: Int] = [:]
        for seed in 0..<UInt64(150) {
            let world = ChaosWorld(seed: seed)
            world.run()
            for emission in world.emissions {
                let ending = emission.endings.first.map { "\($0)".prefix { $0.isLetter } } ?? "none"
                endings["\(emission.kind)".prefix { $0.isLetter } + " " + ending, default: 0] += 1
                if emission.sends > 1 { endings["sent again", default: 0] += 1 }
            }
            for client in world.clients {
                endings["recovered", default: 0] += client.recoveries
                endings["connected", default: 0] += client.machine.connection
                endings["delivered", default: 0] += client.events.count
            }
        }
        let kinds = [
            "plain none", "plain refused", "volatile none", "volatile refused", "volatile answered", "asked answered",
            "asked timedOut", "asked disconnected", "asked cancelled", "asked refused", "retried answered",
            "retried timedOut", "retried cancelled", "retried refused", "sent again", "recovered",
        ]
        for kind in kinds { #expect(endings[kind, default: 0] >= 3, "\(kind): \(endings)") }
        #expect(endings["connected", default: 0] > 300, "\(endings)")
        #expect(endings["delivered", default: 0] > 300, "\(endings)")
    }
}
