import SIOWebSocket
import Testing

@Suite struct `The configuration of permessage-deflate` {
    @Test func `the defaults are the reference's`() {
        let configuration = PerMessageDeflate()
        configuration.check()
        #expect(configuration.threshold == 1024)
        #expect(configuration.serverMaxWindowBits == 15 && configuration.clientMaxWindowBits == 15)
        #expect(!configuration.serverNoContextTakeover && !configuration.clientNoContextTakeover)
    }

    @Test func `a value that means nothing is the caller's mistake`() async {
        await #expect(processExitsWith: .failure) { check { $0.threshold = -1 } }
        await #expect(processExitsWith: .failure) { check { $0.serverMaxWindowBits = 7 } }
        await #expect(processExitsWith: .failure) { check { $0.clientMaxWindowBits = 16 } }
        await #expect(processExitsWith: .failure) { check { $0.level = 0 } }
        await #expect(processExitsWith: .failure) { check { $0.memLevel = 10 } }
    }
}

private func check(_ change: (inout PerMessageDeflate) -> Void) {
    var configuration = PerMessageDeflate()
    change(&configuration)
    configuration.check()
}
