using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// What objectives share whose encoder may activate any number of latents: lists, or blocks of latents.
/// </summary>
/// <remarks>
/// While at most an eighth of all activations are active they are listed, and the step is sparse; a batch with more
/// goes through dense products in blocks of latents. Which it is depends on the batch and the weights alone; the device
/// decides, and the host enqueues the same operations for both. Memory: O(batch · (DIn + DSae / 8)).
/// </remarks>
public abstract class UnboundedObjective : TrainingObjective
{
    // Lists are the faster way up to about three activations in ten (SIMD on two cores, 288 and 512 wide).
    private const int ListedShare = 8;
    private readonly IntBuffer activeRows;
    private readonly LatentMajorList list;

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
        this.Codes = new SparseCodes(backend, "Codes", shared.Batch, entries);
        this.list = new LatentMajorList(backend, latents, entries);
    }

    /// <summary>What is listed of a batch, where there is room for it.</summary>
    private protected SparseCodes Codes { get; }

    /// <summary>What pre-activations must exceed; null for 0.</summary>
    private protected virtual RealBuffer? Threshold => null;

    /// <summary>The width of the band around thresholds in which entries are listed too; 0 for none.</summary>
    private protected virtual double Bandwidth => 0;

    /// <summary>The most entries of a batch that are listed.</summary>
    /// <param name="batch">Rows of the batch.</param>
    /// <param name="latents">The number of latents, DSae.</param>
    public static long MostEntries(int batch, int latents) => (long)batch * Math.Max(1, latents / ListedShare);

    /// <summary>Encodes and decodes, one way or the other, and lists the entries by latent.</summary>
    private protected virtual void EncodeAndDecode(RealMatrix x)
    {
        Center(x);
        this.Backend.ReluResidual(Reconstruction(x));
        ListEntries(x);
    }

    /// <summary>Lists the entries of the codes by latent.</summary>
    private protected void ListEntries(RealMatrix x) =>
        this.Backend.BuildLatentMajor(new BuildLatentMajorArguments
        {
            Rows = x.Rows,
            Codes = this.Codes,
            IncludesZeros = this.Bandwidth > 0,
            List = this.list,
        });

    /// <summary>What encodes and decodes a batch that is centered.</summary>
    private protected ReluResidualArguments Reconstruction(RealMatrix x) => new()
    {
        Input = CenteredOf(x),
        WEnc = this.Parameters.WEnc,
        BEnc = this.Parameters.BEnc,
        Threshold = this.Threshold,
        Bandwidth = this.Bandwidth,
        Codes = this.Codes,
        WDec = this.Parameters.WDec,
        BDec = this.Parameters.BDec,
        Targets = TargetsOf(x),
        Residuals = Residuals(x),
        RowSquaredErrors = this.RowSquaredErrors,
        MeanSquaredError = this.Scalars.MeanSquaredError,
        ActiveRows = this.activeRows,
    };

    /// <summary>What gradients are computed from, but for penalties and thresholds.</summary>
    private protected LatentGradientInputs EntryInputs(RealMatrix x, bool project) => new()
    {
        List = this.list,
        Relu = new ReluEntries(this.Parameters.WEnc.Rows, this.Parameters.BEnc) { Codes = this.Codes },
        Input = CenteredOf(x),
        Residuals = Residuals(x),
        ResidualScale = ResidualScale(x),
        ProjectDecoderGradient = project,
    };

    private protected override (SparseCodes? Codes, IntBuffer? ActiveRows) Fired() =>
        (null, this.activeRows);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.activeRows.Dispose();
        this.Codes.Dispose();
        this.list.Dispose();
        base.Dispose(disposing);
    }
}
