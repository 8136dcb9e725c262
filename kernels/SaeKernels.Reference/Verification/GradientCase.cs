using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>The inputs of the operations that compute the gradients of latents.</summary>
internal sealed class GradientCase
{
    private readonly VerificationShape shape;
    private readonly Bounded[][]? preActivations;
    private readonly int[] prefixEnds;
    private readonly int firstBlock;

    public GradientCase(
        VerificationInputs inputs,
        VerificationShape shape,
        bool withAux,
        bool project,
        bool isRelu = false,
        int[]? prefixEnds = null,
        JumpCase? jump = null,
        bool isTied = false,
        GateCase? gate = null)
    {
        this.Jump = jump;
        this.IsTied = isTied;
        this.Gate = gate;
        this.shape = shape;
        this.prefixEnds = prefixEnds ?? [shape.DSae];
        this.firstBlock = withAux || gate is not null ? 2 : 1;
        this.Project = project;
        HostCodes codes = inputs.Codes(shape.Batch, shape.DSae, shape.K, rowsVary: !withAux);
        HostCodes? auxCodes = withAux ? inputs.Codes(shape.Batch, shape.DSae, shape.AuxK, rowsVary: false) : null;
        this.List = HostList.Of(codes, auxCodes, shape.DSae, includesZeros: jump is not null);
        this.Input = inputs.Reals((long)shape.Batch * shape.DIn);
        this.Residuals = inputs.Reals(
            (this.firstBlock + this.prefixEnds.Length - 1L) * shape.Batch * shape.DOut, 0.5, most: 1);
        this.WEnc = inputs.Reals((long)shape.DSae * shape.DIn, 1 / Math.Sqrt(shape.DIn), most: 1);
        this.WDec = isTied
            ? this.WEnc
            : inputs.Reals((long)shape.DSae * shape.DOut, 1 / Math.Sqrt(shape.DOut), most: 1);
        // Powers of two keep whole numbers exact; the others are no float32 numbers.
        this.ResidualScale = shape.Integers ? -0.5 : -2.0 / (3 * Math.Max(1, shape.Batch));
        this.AuxResidualScale = withAux ? (shape.Integers ? -0.25f : -0.0371f) : null;
        this.BEnc = inputs.Reals(shape.DSae, 0.1);
        if (isRelu)
        {
            this.preActivations = new EncoderCase(shape, this.Input, this.WEnc, this.BEnc).PreActivations();
        }
    }

    /// <summary>The thresholds; null where there are none.</summary>
    public JumpCase? Jump { get; }

    /// <summary>What belongs to gates; null where there are none.</summary>
    public GateCase? Gate { get; }

    public bool Project { get; }

    /// <summary>Whether entries may be computed anew, a block of latents at a time.</summary>
    public bool IsRelu => this.preActivations is not null;

    /// <summary>Whether both matrices are one; only where both widths are.</summary>
    public bool IsTied { get; }

    public HostList List { get; }

    public float[] Input { get; }

    public float[] Residuals { get; }

    public float[] WEnc { get; }

    public float[] BEnc { get; }

    public float[] WDec { get; }

    public double ResidualScale { get; }

    public float? AuxResidualScale { get; }

    public PenaltyKind Penalty { get; init; }

    /// <summary>Where the parts of a decoder row end whose lengths the penalty sums; none without them.</summary>
    public int[] SiteEnds => this.PaysBySites && this.shape.DOut >= 3
        ? [this.shape.DOut / 3, 2 * (this.shape.DOut / 3), this.shape.DOut]
        : this.PaysByNorm ? [this.shape.DOut] : [];

    /// <summary>What the penalty's scale is multiplied with on the device; null for nothing.</summary>
    public float? PenaltyFactor { get; init; }

    /// <summary>The derivative of the loss by an entry's weighted value, without the factor.</summary>
    public double PenaltyScale => this.Penalty == PenaltyKind.None ? 0 : this.shape.Integers ? 0.125 : 0.0137;

    /// <summary>That derivative, with the factor.</summary>
    public Bounded BoundedPenaltyScale => this.PenaltyFactor is float factor
        ? Bounded.Rounded(this.PenaltyScale) * Bounded.Exact(factor)
        : Bounded.Rounded(this.PenaltyScale);

    /// <summary>Whether a latent pays once for each prefix that holds it.</summary>
    public bool PaysPerPrefix { get; init; }

    /// <summary>Whether codes decide between the list and entries that are computed anew.</summary>
    public bool IsDecided { get; init; }

    /// <summary>A price of what is not active; null where there is none.</summary>
    public InactiveCase? Inactive { get; init; }

    /// <summary>What activations cost.</summary>
    public PenaltyCurve Curve => this.Penalty switch
    {
        PenaltyKind.Power => PenaltyCurve.Power(0.3, 0.02),
        PenaltyKind.Tanh or PenaltyKind.TanhBySites => PenaltyCurve.Tanh(1.3),
        _ => PenaltyCurve.Linear,
    };

    /// <summary>Whether latents pay by the length of their decoder row.</summary>
    public bool PaysByNorm => this.PaysBySites
        || this.Penalty is PenaltyKind.ByDecoderNorm or PenaltyKind.Tanh
        || this.Inactive?.ByDecoderNorm == true;

    /// <summary>Whether they pay by the lengths of its parts.</summary>
    private bool PaysBySites => this.Penalty is PenaltyKind.BySites or PenaltyKind.TanhBySites;

    /// <summary>Where what latents cost was placed; null without a penalty.</summary>
    public WorkbenchBuffer<float>? PenaltySums { get; private set; }

    /// <summary>How often a latent pays for its activations.</summary>
    public int Payments(int latent) => this.PaysPerPrefix ? this.prefixEnds.Length - GroupOf(latent) : 1;

    /// <summary>The row of residuals that an entry reads.</summary>
    public int ResidualRow(int latent, int row)
    {
        int group = GroupOf(latent);
        bool isBelow = row < this.shape.Batch && group < this.prefixEnds.Length - 1;
        return row + (isBelow ? (this.firstBlock + this.prefixEnds.Length - 2 - group) * this.shape.Batch : 0);
    }

    /// <summary>The entries of a latent, and those that may be entries.</summary>
    public IEnumerable<BoundedEntry> EntriesOf(int latent)
    {
        if (this.preActivations is null)
        {
            int first = this.List.Offsets[latent];
            return Enumerable.Range(first, this.List.Offsets[latent + 1] - first)
                .Select(entry => this.Jump?.Entry(latent, this.List.Rows[entry], this.List.Values[entry])
                    ?? new BoundedEntry(
                        this.List.Rows[entry],
                        Bounded.Exact(this.List.Values[entry]),
                        IsActive: true,
                        IsCertain: true));
        }

        if (this.Jump is JumpCase jump)
        {
            return Enumerable.Range(0, this.shape.Batch)
                .Where(row => this.shape.Exactly(this.preActivations[row][latent]).High > jump.LowOf(latent))
                .Select(row => jump.Entry(latent, row, this.shape.Exactly(this.preActivations[row][latent])));
        }

        return Enumerable.Range(0, this.shape.Batch)
            .Select(row => (Row: row, Value: this.shape.Exactly(this.preActivations[row][latent])))
            .Where(entry => entry.Value.High > 0)
            .Select(entry => new BoundedEntry(
                entry.Row,
                entry.Value.Clamp(0, double.PositiveInfinity),
                IsActive: entry.Value.Value > 0,
                IsCertain: entry.Value.Low > 0));
    }

    public static IEnumerable<(bool WithAux, bool Project)> Variants(VerificationShape shape)
    {
        yield return (false, false);
        yield return (false, true);
        if (shape.AuxK > 0)
        {
            yield return (true, true);
        }
    }

    /// <summary>Places the inputs.</summary>
    /// <param name="bench">Where.</param>
    /// <param name="bEnc">The encoder's bias, where an operation changes it; null to place it as an input.</param>
    public LatentGradientInputs Place(Workbench bench, RealBuffer? bEnc = null)
    {
        RealBuffer bias = bEnc ?? bench.Input("BEnc", this.BEnc).Reals;
        return PlaceEntries(bench, bias) with { Inactive = this.Inactive?.Place(bench, bias) };
    }

    public override string ToString() =>
        (this.Project ? "projected" : "not projected")
        + (this.IsTied ? ", tied" : string.Empty)
        + (this.AuxResidualScale is null ? string.Empty : ", with auxiliary rows")
        + (this.prefixEnds.Length == 1 ? string.Empty : $", {this.prefixEnds.Length} prefixes")
        + (this.preActivations is null ? string.Empty : ", ReLU")
        + (this.IsDecided ? ", decided by codes" : string.Empty)
        + (this.Jump is null ? string.Empty : ", thresholds")
        + (this.Gate is null ? string.Empty : ", gates")
        + (this.Inactive is null ? string.Empty : ", inactive ones pay")
        + (this.Penalty == PenaltyKind.None ? string.Empty : $", penalty {this.Penalty}")
        + (this.PaysPerPrefix ? " per prefix" : string.Empty);

    private int GroupOf(int latent) => Array.FindIndex(this.prefixEnds, end => latent < end);

    private LatentGradientInputs PlaceEntries(Workbench bench, RealBuffer bEnc) => new()
    {
        List = this.preActivations is null || this.IsDecided
            ? bench.List(this.List, this.List.Rows.Length, isConstant: true).List
            : null,
        Relu = this.preActivations is null && !this.IsDecided
            ? null
            : new ReluEntries(this.shape.DSae, bEnc)
            {
                Codes = this.IsDecided ? PlaceDecision(bench) : null,
            },
        Input = bench.Input("Input", this.Input).Matrix(this.shape.Batch, this.shape.DIn),
        Residuals = bench.Input("Residuals", this.Residuals).Matrix(
            this.Residuals.Length / this.shape.DOut, this.shape.DOut),
        ResidualScale = this.ResidualScale,
        AuxResidualScale = this.AuxResidualScale is float scale ? bench.Input("AuxResidualScale", [scale]).Slot : null,
        Prefixes = this.prefixEnds.Length == 1
            ? null
            : new LatentPrefixes(
                bench.Ints("Prefixes.Ends", this.prefixEnds, isConstant: true).Ints,
                this.prefixEnds.Length,
                this.firstBlock),
        ProjectDecoderGradient = this.Project,
        IsTied = this.IsTied,
        Threshold = this.Jump?.Place(bench),
        Gate = this.Gate?.Place(bench),
        Penalty = PlacePenalty(bench),
    };

    /// <summary>Codes that had just enough room, or one entry too little.</summary>
    private SparseCodes PlaceDecision(Workbench bench)
    {
        const int Capacity = 5;
        (SparseCodes codes, _) = bench.CodesTooSmall("Decision", this.shape.Batch, Capacity);
        codes.NeededEntries.Upload([this.preActivations is null ? Capacity : Capacity + 1]);
        return codes;
    }

    private SparsityPenalty? PlacePenalty(Workbench bench)
    {
        if (this.Penalty == PenaltyKind.None)
        {
            return null;
        }

        this.PenaltySums = bench.Output("Penalty.Sums", this.shape.DSae);
        return new SparsityPenalty
        {
            Scale = this.PenaltyScale,
            Factor = this.PenaltyFactor is float factor ? bench.Input("Penalty.Factor", [factor]).Slot : null,
            ByDecoderNorm = this.PaysByNorm,
            Curve = this.Curve,
            PerPrefix = this.PaysPerPrefix,
            SiteEnds = this.PaysBySites
                ? bench.Ints("Penalty.SiteEnds", this.SiteEnds, isConstant: true).Ints
                : null,
            Sites = Math.Max(1, this.SiteEnds.Length),
            SiteAlignment = Array.TrueForAll(this.SiteEnds, end => end % 4 == 0) ? 4 : 1,
            Sums = this.PenaltySums.Reals,
        };
    }
}
