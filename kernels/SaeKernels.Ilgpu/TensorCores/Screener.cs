using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>What all encoders with tensor cores share: operands in low precision, lists, and their decision.</summary>
internal sealed class Screener
{
    private const int GroupsPerMultiprocessor = 2;
    private readonly KernelDevice device;
    private readonly RoundOperand round;
    private readonly RowCuts rowCuts;
    private readonly RecheckRows recheck;
    private readonly GivenUpRows givenUpRows;
    private readonly ListedRows listedRows;

    private Screener(
        KernelDevice device, RoundOperand round, RoundedWeights weights, ListedRows listedRows, bool isExact)
    {
        this.device = device;
        this.round = round;
        this.Weights = weights;
        this.rowCuts = new RowCuts(device);
        this.recheck = new RecheckRows(device);
        this.givenUpRows = new GivenUpRows(device);
        this.listedRows = listedRows;
        this.IsExact = isExact;
    }

    /// <summary>W_enc in low precision.</summary>
    public RoundedWeights Weights { get; }

    /// <summary>Whether float32 decides.</summary>
    public bool IsExact { get; }

    /// <summary>Rows that were screened so far.</summary>
    public long Rows { get; private set; }

    /// <summary>What the device counts, by <see cref="ScreeningCounts"/>.</summary>
    public ArrayView<long> Counts => this.device.Scratch.Long("Screening.Counts", ScreeningCounts.Length);

    /// <summary>Makes the kernels for one kind of product.</summary>
    public static Screener For<TProduct>(KernelDevice device, ListedRows listedRows, bool isExact)
        where TProduct : struct, IMatrixProduct
    {
        RoundOperand round = RoundOperand.For<TProduct>(device);
        return new Screener(device, round, RoundedWeights.For<TProduct>(device, round), listedRows, isExact);
    }

    /// <summary>Reads how many pre-activations float32 decided, and how many rows it computed throughout.</summary>
    public (long Candidates, long GivenUpRows) ReadCounts()
    {
        long[] counts = new long[ScreeningCounts.Length];
        this.Counts.CopyToCPU(this.device.Stream, counts);
        this.device.Synchronize();
        return (counts[ScreeningCounts.Candidates], counts[ScreeningCounts.GivenUpRows]);
    }

    /// <summary>Rounds a batch, and the weights where they are not at hand.</summary>
    public ScreeningView Begin(in EncoderView encoder, RealMatrix wEnc)
    {
        this.Rows += encoder.Rows;
        return Prepare(encoder, wEnc, this.IsExact);
    }

    /// <summary>The same for an estimate: bounds are the sums themselves.</summary>
    public ScreeningView BeginEstimate(in EncoderView encoder, RealMatrix wEnc) =>
        Prepare(encoder, wEnc, isExact: false);

    /// <summary>Splits a batch among groups.</summary>
    public TileJob.Jobs Split(in ScreeningView view) => TileJob.Jobs.Split(
        view.Encoder, GroupsPerMultiprocessor * this.device.Accelerator.NumMultiprocessors, WidthOf(view));

    /// <summary>Makes lists of the K largest of each row and range of latents.</summary>
    public ScreenedLists Lists(string name, in ScreeningView view, in TileJob.Jobs jobs, int k)
    {
        int width = WidthOf(view);

        // Room for a tile, and beyond K for those that only float32 can tell from the K largest.
        Tiling tiling = new() { IsGrouped = true, Width = width + (2 * k) + width, Jobs = jobs };
        RowLists lists = RowLists.Create(this.device, name, view.Encoder.Rows, k, tiling);
        return new ScreenedLists
        {
            Lists = lists,
            GivenUp = view.GivenUp,
            Width = width,
            Room = lists.Capacity - width,
        };
    }

    /// <summary>Makes lists of flagged latents; of nothing where no selection is wanted.</summary>
    public ScreenedLists Lists(string name, in ScreeningView view, in TileJob.Jobs jobs, AuxSelection? aux)
    {
        ScreenedLists lists = Lists(name, view, jobs, aux?.K ?? 1);
        if (aux is AuxSelection selection)
        {
            lists.Lists.Mask = this.device.View(selection.Mask);
            lists.Lists.IsMasked = 1;
        }

        return lists;
    }

    /// <summary>Lets float32 decide lists, where it shall, and turns them into codes.</summary>
    /// <param name="name">Names the memory in between.</param>
    /// <param name="view">The batch.</param>
    /// <param name="lists">The lists, filled.</param>
    /// <param name="isCounted">Whether rows that were given up are counted: once for each batch.</param>
    /// <param name="codes">Receive the codes.</param>
    public void Store(
        string name, in ScreeningView view, in ScreenedLists lists, bool isCounted, SparseCodes codes)
    {
        if (this.IsExact)
        {
            Decide(name, view, lists, isCounted);
        }

        this.listedRows.Store(name, lists.Lists, view.Encoder.Latents, codes);
    }

    private static int WidthOf(in ScreeningView view) => view.Tile.WarpColumns * WarpTile.Latents;

    private ScreeningView Prepare(in EncoderView encoder, RealMatrix wEnc, bool isExact)
    {
        OperandView input = this.round.Run("Screening.Input", encoder.Input, encoder.Rows, encoder.DIn);
        OperandView weights = this.Weights.Of(this.device, wEnc);
        ArrayView<int> givenUp = this.device.Scratch.Int("Screening.GivenUp", Math.Max(encoder.Rows, 1));
        givenUp.MemSetToZero(this.device.Stream);
        return new ScreeningView
        {
            Encoder = encoder,
            Tile = new ProductTile
            {
                Input = input,
                Weights = weights,
                Rows = encoder.Rows,
                Latents = encoder.Latents,
                // A simulated lane is a thread of the host: few of them, where the full group is not asked for.
                WarpRows = this.device.SharesTiles ? ProductTile.MostWarpRows : 1,
                WarpColumns = this.device.SharesTiles ? ProductTile.MostWarpColumns : 1,
            },
            LatentBounds = new ScreeningLatents
            {
                Norms = weights.Norms,
                Errors = weights.Errors,
                BEnc = encoder.BEnc,
                Latents = encoder.Latents,
                Bound = isExact ? ScreeningBound.For(encoder.DIn, weights.Depth) : default,
            },
            GivenUp = givenUp,
        };
    }

    private void Decide(string name, in ScreeningView view, in ScreenedLists lists, bool isCounted)
    {
        this.recheck.Launch(new RecheckRows.Parameters
        {
            Encoder = view.Encoder,
            Input = view.Tile.Input,
            LatentBounds = view.LatentBounds,
            Screened = lists,
            Cuts = this.rowCuts.Launch(name, lists.Lists),
            Counts = this.Counts,
        });
        this.givenUpRows.Launch(new GivenUpRows.Parameters
        {
            Encoder = view.Encoder,
            Screened = lists,
            Unproven = view.LatentBounds with { Bound = default },
            Counts = this.Counts,
            IsCounted = isCounted ? 1 : 0,
        });
    }
}
