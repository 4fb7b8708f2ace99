import Geometry

extension Grid where Element: BitwiseCopyable & Comparable {
    /// One value where an element lies in a range, another elsewhere.
    func classified<Result: BitwiseCopyable>(
        _ range: ClosedRange<Element>, inside: Result, outside: Result, threads: Int
    ) -> Grid<Result> {
        let (lower, upper) = (range.lowerBound, range.upperBound)
        let classes = [Result](unsafeUninitializedCapacity: size.count) { result, count in
            elements.withUnsafeBufferPointer { source in
                ForkJoin.run(count: size.count, threads: threads) { range in
                    for n in range { result[n] = source[n] >= lower && source[n] <= upper ? inside : outside }
                }
            }
            count = size.count
        }
        return Grid<Result>(size: size, elements: classes)
    }

    /// The same in place.
    mutating func classify(_ range: ClosedRange<Element>, inside: Element, outside: Element, threads: Int) {
        let (lower, upper) = (range.lowerBound, range.upperBound)
        elements.withUnsafeMutableBufferPointer { elements in
            ForkJoin.run(count: elements.count, threads: threads) { range in
                for n in range { elements[n] = elements[n] >= lower && elements[n] <= upper ? inside : outside }
            }
        }
    }
}
