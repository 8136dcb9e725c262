namespace SaeKernels.Reference;

/// <summary>The sizes of one verification case; each operation uses those that it knows.</summary>
internal sealed record VerificationShape(int Batch, int DIn, int DOut, int DSae, int K)
{
    private static readonly VerificationShape[] Small =
    [
        new(1, 1, 1, 1, 1),
        new(2, 3, 3, 5, 1) { AuxK = 2 },
        new(3, 7, 7, 13, 13),
        new(5, 8, 8, 16, 4) { AuxK = 16 },
        new(7, 17, 17, 33, 3) { AuxK = 5 },
        new(0, 5, 5, 7, 2) { AuxK = 3 },
        new(9, 16, 24, 31, 6),
        new(33, 47, 47, 191, 8) { AuxK = 12, LatentsOfManyCases = 67 },
        new(8, 16, 16, 32, 4) { AuxK = 4, Integers = true },
        new(8, 5, 5, 7, 3) { Integers = true },
    ];

    private static readonly VerificationShape[] Larger =
    [
        new(4, 9, 9, 15, 15) { AuxK = 15 },
        new(15, 15, 15, 17, 2),
        new(16, 31, 31, 63, 7) { AuxK = 9 },
        new(17, 33, 31, 65, 16),
        new(31, 61, 61, 127, 127),
        new(20, 48, 48, 600, 130) { AuxK = 200, LatentsOfManyCases = 263 },
        new(65, 64, 64, 257, 5),
        new(1, 1024, 1024, 509, 11) { LatentsOfManyCases = 67 },
        new(64, 127, 100, 1009, 10) { AuxK = 20, LatentsOfManyCases = 131 },
        new(8, 13, 13, 61, 5) { AuxK = 6, Integers = true },
        new(1200, 8, 8, 3, 2) { AuxK = 1 },
        new(256, 512, 512, 4096, 32) { AuxK = 64, LatentsOfManyCases = 1025 },
    ];

    /// <summary>How many flagged latents the auxiliary codes keep; 0 for no auxiliary codes.</summary>
    public int AuxK { get; init; }

    /// <summary>
    /// The latents where an operation has many cases, which take minutes on a simulator and seconds for their bounds; 0
    /// for DSae. Still more than two groups of 32, and an odd number of them.
    /// </summary>
    public int LatentsOfManyCases { get; init; }

    /// <summary>The same sizes for an operation that has many cases.</summary>
    public VerificationShape ForManyCases =>
        this.LatentsOfManyCases == 0 ? this : this with { DSae = this.LatentsOfManyCases };

    /// <summary>Whether the inputs are small whole numbers, so that float32 arithmetic is exact in any order.</summary>
    public bool Integers { get; init; }

    public static IEnumerable<VerificationShape> Of(VerificationScale scale) =>
        scale == VerificationScale.Small ? Small : Small.Concat(Larger);

    /// <summary>Whether bounds of all batch × DSae × (DIn + DOut) products take no more than seconds.</summary>
    public bool IsSmall => (double)this.Batch * this.DSae * (this.DIn + this.DOut) <= 1 << 25;

    /// <summary>
    /// What a result is compared with: its bounds, or where the inputs are whole numbers the number itself.
    /// </summary>
    public Bounded Exactly(Bounded expected) => this.Integers ? Bounded.Exact(expected.Value) : expected;

    public override string ToString() =>
        $"batch {this.Batch}, DIn {this.DIn}, DOut {this.DOut}, DSae {this.DSae}, K {this.K}"
        + (this.AuxK > 0 ? $", AuxK {this.AuxK}" : string.Empty)
        + (this.Integers ? ", whole numbers" : string.Empty);
}
