import Geometry

extension Grid where Element: BitwiseCopyable {
    /// Each element mapped, on several threads.
    @inline(__always)
    func mapped<Result: BitwiseCopyable>(threads: Int, _ transform: (Element) -> Result) -> Grid<Result> {
        let mapped = [Result](unsafeUninitializedCapacity: size.count) { result, count in
            elements.withUnsafeBufferPointer { source in
                ForkJoin.run(count: size.count, threads: threads) { range in
                    for n in range { result[n] = transform(source[n]) }
                }
            }
            count = size.count
        }
        return Grid<Result>(size: size, elements: mapped)
    }
}
