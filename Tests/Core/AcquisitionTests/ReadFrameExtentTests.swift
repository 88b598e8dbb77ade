import Testing

@testable import Acquisition

/// Where an answer ends among bytes that arrive as they please.
@Suite struct ReadFrameExtentTests {
    @Test func `a frame over TCP is whole when the length in its header is there`() {
        let frame: [UInt8] = [0, 1, 0, 0, 0, 5, 9, 3, 2, 0, 7]
        for count in 0..<frame.count { #expect(ReadFrame.extent(of: frame, count: count) == .partial) }
        #expect(ReadFrame.extent(of: frame, count: frame.count) == .complete(11))
        #expect(ReadFrame.extent(of: frame + [0, 2], count: 13) == .complete(11))
    }

    @Test(
        arguments: [
            [0, 1, 1, 0, 0, 5], [0, 1, 0, 9, 0, 5], [0, 1, 0, 0, 1, 5], [0, 1, 0, 0, 0, 2],
            [0, 1, 0, 0, 0, 255],
        ] as [[UInt8]])
    func `a header that cannot be is noticed with the byte that cannot be`(header: [UInt8]) {
        #expect(ReadFrame.extent(of: header, count: header.count) == .broken)
    }

    @Test func `a frame of a serial line ends where its contents say`() {
        let cases: [([UInt8], Int)] = [
            ([1, 3, 4, 0, 1, 0, 2, 0, 0], 9), ([1, 0x83, 2, 0, 0], 5), ([1, 17, 2, 65, 66, 0, 0], 7),
            ([1, 43, 14, 1, 1, 0, 0, 2, 0, 1, 65, 1, 2, 66, 67, 0, 0], 17),
            ([1, 43, 14, 1, 1, 0, 0, 0, 0, 0], 10),
        ]
        for (frame, length) in cases {
            for count in 0..<length { #expect(ReadFrame.serialExtent(of: frame, count: count) == .partial) }
            #expect(ReadFrame.serialExtent(of: frame, count: length) == .complete(length))
        }
    }

    @Test func `what no unit may answer, or would be longer than a line allows, is broken`() {
        #expect(ReadFrame.serialExtent(of: [1, 6, 0], count: 3) == .broken)
        #expect(ReadFrame.serialExtent(of: [1, 0, 0], count: 3) == .broken)
        #expect(ReadFrame.serialExtent(of: [1, 3, 252], count: 3) == .broken)
        #expect(ReadFrame.serialExtent(of: [1, 43, 14, 1, 1, 0, 0, 255, 0, 255], count: 10) == .broken)
        let endless = [1, 43, 14, 1, 1, 0, 0, 255] + [UInt8](repeating: 255, count: 300)
        #expect(ReadFrame.serialExtent(of: endless, count: 256) == .broken)
    }

    @Test func `the checksum is that of the standard`() {
        // The maker's example of a transformer controller.
        let request: [UInt8] = [1, 1, 0, 0, 0, 4, 0x3D, 0xC9]
        #expect(ReadFrame.isSound(request, length: 8))
        for bit in 0..<64 {
            var bent = request
            bent[bit / 8] ^= 1 << (bit % 8)
            #expect(!ReadFrame.isSound(bent, length: 8))
        }
        #expect(!ReadFrame.isSound(request, length: 3))
    }
}
