import FuzzChecks
import Glibc

/// The check the environment names, once for the whole run.
private let target: FuzzTarget = {
    guard let name = unsafe getenv("FUZZ_TARGET").flatMap({ unsafe String(validatingCString: $0) }),
        let target = FuzzTarget(rawValue: name)
    else { preconditionFailure("FUZZ_TARGET is none of \(FuzzTarget.allCases.map(\.rawValue))") }
    return target
}()

/// What libFuzzer calls with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let finding = target.finding(input) else { return 0 }
    let words = Array("\(target.rawValue): \(finding)\n".utf8)
    unsafe words.withUnsafeBytes { _ = unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    abort()
}
