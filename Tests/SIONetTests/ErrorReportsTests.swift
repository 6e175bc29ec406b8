import TestSupport
import Testing

@testable import SIONet

@Suite struct ErrorReportsTests {
    private struct Fault: Error {}

    @Test func `errors go to whoever wants them`() {
        let reports = ErrorReports()
        let seen = Shared(0)
        reports.send { error in if error is Fault { seen.change { $0 += 1 } } }
        reports.report(Fault())
        #expect(seen.value == 1)
    }

    @Test func `what the one before held may report when it is let go`() {
        let reports = ErrorReports()
        let seen = Shared(0)
        reports.send { [end = AtEnd { reports.report(Fault()) }] _ in _ = end }
        reports.send { _ in seen.change { $0 += 1 } }
        #expect(seen.value == 1)
    }
}
