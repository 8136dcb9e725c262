using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// What objectives share whose encoder may activate any number of latents: lists, or blocks of latents.
/// </summary>
/// <remarks>
/// While at most an eighth of all activations are active they are listed, and the step is sparse; a batch with more
/// goes through dense products in blocks of latents. Which it is depends on the batch and the weights alone. Memory:
/// O(batch · (DIn + DSae / 8)).
/// </remarks>
public abstract class UnboundedObjective : TrainingObjective
{
    // Lists are the faster way up to about three activations in ten (SIMD on two cores, 288 and 512 wide).
    private const int ListedShare = 8;
    private readonly IntBuffer activeRows;
    private readonly SparseCodes codes;
    private readonly LatentMajorList list;
    private readonly int[] activeRowsOnHost;
    private bool isDense;

    /// <summary>Allocates what every step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="shared">What the losses have in common.</param>
    private protected UnboundedObjective(
        IComputeBackend backend, SaeParameters parameters, in SharedObjectiveOptions shared)
        : base(backend, parameters, shared)
    {
        int latents = parameters.WEnc.Rows;
        int entries = checked((int)MostEntries(shared.Batch, latents));
        this.activeRows = backend.AllocateInt("ActiveRows", latents);
        this.activeRowsOnHost = new int[latents];
        this.codes = new SparseCodes(backend, "Codes", shared.Batch, entries);
        this.list = new LatentMajorList(backend, latents, entries);
    }

    /// <summary>The active entries of the last batch, and those near their threshold where they are listed.</summary>
    private protected long LastEntries { get; private set; }

    /// <summary>What pre-activations must exceed; null for 0.</summary>
    private protected virtual RealBuffer? Threshold => null;

    /// <summary>The width of the band around thresholds in which entries are listed too; 0 for none.</summary>
    private protected virtual double Bandwidth => 0;

    /// <summary>The most entries of a batch that are listed.</summary>
    /// <param name="batch">Rows of the batch.</param>
    /// <param name="latents">The number of latents, DSae.</param>
    public static long MostEntries(int batch, int latents) => (long)batch * Math.Max(1, latents / ListedShare);

    /// <summary>Encodes and decodes, one way or the other.</summary>
    private protected void EncodeAndDecode(RealMatrix x)
    {
        RealMatrix input = Center(x);
        // The way of the batch before comes first; where the batch must take the other one, that work was in vain.
        this.isDense = this.isDense || !TryList(input);
        if (this.isDense)
        {
            this.isDense = DecodeDense(x, input) > this.codes.Capacity || !TryList(input);
        }

        if (!this.isDense)
        {
            DecodeListed(x, this.codes);
            this.Backend.BuildLatentMajor(new BuildLatentMajorArguments
            {
                Rows = x.Rows,
                Codes = this.codes,
                IncludesZeros = this.Bandwidth > 0,
                List = this.list,
            });
        }
    }

    /// <summary>What gradients are computed from, but for penalties and thresholds.</summary>
    private protected LatentGradientInputs EntryInputs(RealMatrix x, bool project) => new()
    {
        List = this.isDense ? null : this.list,
        Relu = this.isDense ? new ReluEntries(this.Parameters.WEnc.Rows, this.Parameters.BEnc) : null,
        Input = CenteredOf(x),
        Residuals = Residuals(x),
        ResidualScale = ResidualScale(x),
        ProjectDecoderGradient = project,
    };

    private protected override (SparseCodes? Codes, IntBuffer? ActiveRows) Fired() =>
        this.isDense ? (null, this.activeRows) : (this.codes, null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.activeRows.Dispose();
        this.codes.Dispose();
        this.list.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Lists the active entries; false where they do not fit.</summary>
    private bool TryList(RealMatrix input)
    {
        this.Backend.EncodeThreshold(new EncodeThresholdArguments
        {
            Input = input,
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            Threshold = this.Threshold,
            Bandwidth = this.Bandwidth,
            Codes = this.codes,
        });
        long needed = 0;
        this.codes.NeededEntries.Download(new Span<long>(ref needed));
        this.LastEntries = needed;
        return needed <= this.codes.Capacity;
    }

    /// <summary>Decodes without a list, and returns how many active entries it would have.</summary>
    private long DecodeDense(RealMatrix x, RealMatrix input)
    {
        this.Backend.ReluResidual(new ReluResidualArguments
        {
            Input = input,
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            Threshold = this.Threshold,
            WDec = this.Parameters.WDec,
            BDec = this.Parameters.BDec,
            Targets = x,
            Residuals = Residuals(x),
            RowSquaredErrors = this.RowSquaredErrors,
            MeanSquaredError = this.Scalars.MeanSquaredError,
            ActiveRows = this.activeRows,
        });
        this.activeRows.Download(this.activeRowsOnHost);
        long entries = 0;
        foreach (int rows in this.activeRowsOnHost)
        {
            entries += rows;
        }

        this.LastEntries = entries;
        return entries;
    }
}
