using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Numerics;

namespace SaeKernels.Benchmarks;

/// <summary>
/// The buffers of a training step: random activations and weights, and one latent in 16 flagged as dead.
/// </summary>
public sealed class TrainingBuffers : IDisposable
{
    /// <summary>The bins of each latent in <see cref="LatentBins"/>.</summary>
    public const int BinsOfALatent = 100;

    // All pairs of a usual shape would take gigabytes.
    private const int LatentsWithPairs = 256;
    private const int FlaggedEvery = 16;
    private readonly List<IDisposable> owned = [];
    private RandomSequence random = new(seed: 1, RandomPurpose.General);

    public TrainingBuffers(StepShape shape, int threads = 0)
    {
        this.Shape = shape;
        this.Backend = Own(new CpuBackend(threads));
        this.Activations = new RealMatrix(Random((long)shape.Batch * shape.DIn), shape.Batch, shape.DIn);
        this.Centered = new RealMatrix(Zeros((long)shape.Batch * shape.DIn), shape.Batch, shape.DIn);
        this.Reconstruction = new RealMatrix(Zeros((long)shape.Batch * shape.DIn), shape.Batch, shape.DIn);
        this.Residuals = new RealMatrix(Zeros(2L * shape.Batch * shape.DIn), 2 * shape.Batch, shape.DIn);
        this.WEnc = Parameters((long)shape.DSae * shape.DIn);
        this.BEnc = Parameters(shape.DSae);
        this.WDec = Parameters((long)shape.DSae * shape.DIn);
        this.BDec = Parameters(shape.DIn);
        this.Averages = new RowAverages
        {
            WEnc = Zeros((long)shape.DSae * shape.DIn),
            BEnc = Zeros(shape.DSae),
            WDec = Zeros((long)shape.DSae * shape.DIn),
            Decay = 0.999,
        };
        this.GradWEnc = new RealMatrix(Zeros((long)shape.DSae * shape.DIn), shape.DSae, shape.DIn);
        this.GradWDec = new RealMatrix(Zeros((long)shape.DSae * shape.DIn), shape.DSae, shape.DIn);
        this.GradBEnc = Zeros(shape.DSae);
        this.GradBDec = Zeros(shape.DIn);
        this.RowSquaredNorms = Zeros(shape.DSae);
        this.Linear = new RealMatrix(Zeros((long)shape.DIn * shape.DIn), shape.DIn, shape.DIn);
        this.LinearNorms = Zeros(shape.DIn);
        this.RowSquaredErrors = Zeros(shape.Batch);
        this.RowLosses = Zeros(shape.Batch);
        int[] ends = [shape.DSae / 16, shape.DSae / 8, shape.DSae / 4, shape.DSae / 2, shape.DSae];
        IntBuffer prefixEnds = Own(this.Backend.AllocateInt("PrefixEnds", ends.Length));
        prefixEnds.Upload(ends);
        this.Prefixes = new LatentPrefixes(prefixEnds, ends.Length, firstBlock: 1);
        this.PrefixWeights = Random(ends.Length);
        int prefixRows = this.Prefixes.Blocks * shape.Batch;
        this.PrefixResiduals = new RealMatrix(Zeros((long)prefixRows * shape.DIn), prefixRows, shape.DIn);
        this.EncoderPath = Zeros(shape.DIn);
        this.Scalars = Zeros(8);
        this.Codes = Own(new SparseCodes(this.Backend, "Codes", shape.Batch, shape.Batch * shape.K));
        this.Gate = new GatedMagnitudes(Zeros(shape.DSae), Zeros(shape.DSae));
        this.AuxCodes = Own(new SparseCodes(this.Backend, "AuxCodes", shape.Batch, shape.Batch * this.AuxK));
        int entries = this.Codes.Capacity + this.AuxCodes.Capacity;
        this.List = Own(new LatentMajorList(this.Backend, shape.DSae, entries));
        this.Flags = Own(this.Backend.AllocateInt("Flags", shape.DSae));
        this.Flags.Upload([.. Enumerable.Range(0, shape.DSae).Select(latent => latent % FlaggedEvery == 0 ? 1 : 0)]);
        this.DeadMask = Own(this.Backend.AllocateInt("DeadMask", shape.DSae));
        this.TokensSinceFired = Own(this.Backend.AllocateLong("TokensSinceFired", shape.DSae));
        // Pre-activations have deviation √(2 / DIn); with this cut about one in a hundred stays, as many as fit.
        this.Threshold = Zeros(shape.DSae);
        this.Threshold.Upload([.. Enumerable.Repeat((float)(2.3 * Math.Sqrt(2.0 / shape.DIn)), shape.DSae)]);
        this.LatentBins = new EvenLatentBins(
            Own(this.Backend.AllocateInt("LatentBins.Offsets", shape.DSae + 1L)),
            Own(this.Backend.AllocateReal("LatentBins.Scales", shape.DSae)),
            Own(this.Backend.AllocateReal("LatentBins.Widths", shape.DSae)));
        this.LatentBins.Offsets.Upload([.. Enumerable.Range(0, shape.DSae + 1).Select(i => i * BinsOfALatent)]);
        this.LatentBins.Scales.Upload(Enumerable.Repeat((float)BinsOfALatent, shape.DSae).ToArray());
        this.LatentBins.Widths.Upload(Enumerable.Repeat(1f / BinsOfALatent, shape.DSae).ToArray());
        this.BinCounts = Own(this.Backend.AllocateLong("BinCounts", (long)shape.DSae * BinsOfALatent));
        this.PairStatistics = Own(this.Backend.CreatePairStatistics(
            new PairLayout(shape.DSae, 0, Math.Min(shape.DSae, LatentsWithPairs), shape.DSae)));
        this.ReconstructionStatistics = Own(this.Backend.CreateReconstructionStatistics(shape.DIn));
        this.HistogramCounts = Own(this.Backend.AllocateLong("HistogramCounts", 103));
        this.ControllerSum = Own(this.Backend.AllocateLong("ControllerSum", 1));
        this.Statistics = Own(this.Backend.CreateLatentStatistics(shape.DSae));
    }

    public StepShape Shape { get; }

    public LongBuffer ControllerSum { get; }

    public CpuBackend Backend { get; }

    public RealMatrix Activations { get; }

    public RealMatrix Centered { get; }

    public RealMatrix Reconstruction { get; }

    public RealMatrix Residuals { get; }

    public AdamParameters WEnc { get; }

    public AdamParameters BEnc { get; }

    public AdamParameters WDec { get; }

    public AdamParameters BDec { get; }

    public RowAverages Averages { get; }

    public RealMatrix GradWEnc { get; }

    public RealMatrix GradWDec { get; }

    public RealBuffer GradBEnc { get; }

    public RealBuffer GradBDec { get; }

    public RealBuffer RowSquaredNorms { get; }

    public RealMatrix Linear { get; }

    public RealBuffer LinearNorms { get; }

    public RealBuffer RowSquaredErrors { get; }

    public RealBuffer RowLosses { get; }

    public LatentPrefixes Prefixes { get; }

    public RealBuffer PrefixWeights { get; }

    public RealMatrix PrefixResiduals { get; }

    public RealBuffer EncoderPath { get; }

    public RealBuffer Scalars { get; }

    public SparseCodes Codes { get; }

    public GatedMagnitudes Gate { get; }

    public SparseCodes AuxCodes { get; }

    public LatentMajorList List { get; }

    public IntBuffer Flags { get; }

    public IntBuffer DeadMask { get; }

    public LongBuffer TokensSinceFired { get; }

    public RealBuffer Threshold { get; }

    /// <summary>Bins from 0 to 1 for every latent.</summary>
    public EvenLatentBins LatentBins { get; }

    public LongBuffer BinCounts { get; }

    public ReconstructionStatistics ReconstructionStatistics { get; }

    public PairStatistics PairStatistics { get; }

    public LongBuffer HistogramCounts { get; }

    public LatentStatistics Statistics { get; }

    public int AuxK => this.Shape.DIn / 2;

    public RealMatrix Encoder => new(this.WEnc.Values, this.Shape.DSae, this.Shape.DIn);

    public RealMatrix Decoder => new(this.WDec.Values, this.Shape.DSae, this.Shape.DIn);

    public RealMatrix LiveResiduals => new(this.Residuals.Buffer, this.Shape.Batch, this.Shape.DIn);

    public void Dispose()
    {
        this.owned.Reverse();
        this.owned.ForEach(item => item.Dispose());
    }

    private T Own<T>(T item)
        where T : IDisposable
    {
        this.owned.Add(item);
        return item;
    }

    private RealBuffer Zeros(long length) => Own(this.Backend.AllocateReal("Benchmark", length));

    private RealBuffer Random(long length)
    {
        RealBuffer buffer = Zeros(length);
        float[] numbers = new float[length];
        for (long i = 0; i < length; i++)
        {
            numbers[i] = (float)(this.random.NextNormal() / Math.Sqrt(this.Shape.DIn));
        }

        buffer.Upload(numbers.AsSpan());
        return buffer;
    }

    private AdamParameters Parameters(long length) => new(Random(length), Zeros(length), Zeros(length));
}
