using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Encodes and selects with tensor cores: low precision screens, and in the exact modes float32 decides.
/// </summary>
/// <remarks>
/// RoundOperand (x and W_enc) → ScreenTiles → [RowCuts → RecheckRows → GivenUpRows] → ListedRows; what is in brackets
/// only in the exact modes. W_enc is rounded while it is updated: see <see cref="RoundedWeights"/>.
/// </remarks>
internal sealed class ScreenedTopK
{
    // Where more than a quarter of the latents are kept, nearly all survive: float32 alone is quicker.
    private const int LeastLatentsPerKept = 4;
    private const int GroupsPerMultiprocessor = 2;
    private readonly KernelDevice device;
    private readonly RoundOperand round;
    private readonly ScreenTiles tiles;
    private readonly RowCuts rowCuts;
    private readonly RecheckRows recheck;
    private readonly GivenUpRows givenUpRows;
    private readonly ListedRows listedRows;
    private readonly bool isExact;

    private ScreenedTopK(
        KernelDevice device,
        RoundOperand round,
        RoundedWeights weights,
        ScreenTiles tiles,
        ListedRows listedRows,
        bool isExact)
    {
        this.device = device;
        this.round = round;
        this.Weights = weights;
        this.tiles = tiles;
        this.rowCuts = new RowCuts(device);
        this.recheck = new RecheckRows(device);
        this.givenUpRows = new GivenUpRows(device);
        this.listedRows = listedRows;
        this.isExact = isExact;
    }

    /// <summary>Rows that were screened so far.</summary>
    public long Rows { get; private set; }

    /// <summary>W_enc in low precision.</summary>
    public RoundedWeights Weights { get; }

    /// <summary>Makes the kernels for one kind of product.</summary>
    public static ScreenedTopK For<TProduct>(KernelDevice device, ListedRows listedRows, bool isExact)
        where TProduct : struct, IMatrixProduct
    {
        RoundOperand round = RoundOperand.For<TProduct>(device);
        RoundedWeights weights = RoundedWeights.For<TProduct>(device, round);
        return new ScreenedTopK(device, round, weights, ScreenTiles.For<TProduct>(device), listedRows, isExact);
    }

    /// <summary>Whether screening is of use for a selection.</summary>
    public static bool Suits(in EncodeTopKArguments arguments)
    {
        int latents = arguments.WEnc.Rows;
        return (long)LeastLatentsPerKept * arguments.K <= latents
            && (long)LeastLatentsPerKept * (arguments.Aux?.K ?? 0) <= latents
            && arguments.Input.Columns <= ScreeningBound.LargestDepth;
    }

    public void Run(in EncodeTopKArguments arguments)
    {
        EncoderView encoder = EncoderView.Of(this.device, arguments.Input, arguments.WEnc, arguments.BEnc);
        ScreenTiles.Parameters parameters = Prepare(encoder, this.Weights.Of(this.device, arguments.WEnc));
        ArrayView<int> givenUp = this.device.Scratch.Int("Screening.GivenUp", encoder.Rows);
        givenUp.MemSetToZero(this.device.Stream);
        parameters.Main = Lists("Screening", parameters, arguments.K, givenUp, mask: null);
        if (arguments.Aux is AuxSelection aux)
        {
            parameters.Aux = Lists("Screening.Aux", parameters, aux.K, givenUp, this.device.View(aux.Mask));
            parameters.HasAux = 1;
        }

        this.tiles.Launch(parameters);
        Decide("Screening", parameters, parameters.Main, isCounted: true);
        this.listedRows.Store("Screening", parameters.Main.Lists, encoder.Latents, arguments.Codes);
        if (arguments.Aux is AuxSelection second)
        {
            Decide("Screening.Aux", parameters, parameters.Aux, isCounted: false);
            this.listedRows.Store("Screening.Aux", parameters.Aux.Lists, encoder.Latents, second.Codes);
        }

        this.Rows += encoder.Rows;
    }

    /// <summary>Reads how many pre-activations float32 decided, and how many rows it computed throughout.</summary>
    public (long Candidates, long GivenUpRows) ReadCounts()
    {
        long[] counts = new long[ScreeningCounts.Length];
        Counts().CopyToCPU(this.device.Stream, counts);
        this.device.Synchronize();
        return (counts[ScreeningCounts.Candidates], counts[ScreeningCounts.GivenUpRows]);
    }

    private ScreenTiles.Parameters Prepare(in EncoderView encoder, in OperandView weights)
    {
        OperandView input = this.round.Run("Screening.Input", encoder.Input, encoder.Rows, encoder.DIn);
        ProductTile tile = new()
        {
            Input = input,
            Weights = weights,
            Rows = encoder.Rows,
            Latents = encoder.Latents,
            // A simulated lane is a thread of the host: few of them, where the full group is not asked for.
            WarpRows = this.device.SharesTiles ? ProductTile.MostWarpRows : 1,
            WarpColumns = this.device.SharesTiles ? ProductTile.MostWarpColumns : 1,
        };
        int width = tile.WarpColumns * WarpTile.Latents;
        int wanted = GroupsPerMultiprocessor * this.device.Accelerator.NumMultiprocessors;
        return new ScreenTiles.Parameters
        {
            Encoder = encoder,
            Jobs = TileJob.Jobs.Split(encoder, wanted, width),
            Tile = tile,
            LatentBounds = new ScreeningLatents
            {
                Norms = weights.Norms,
                Errors = weights.Errors,
                BEnc = encoder.BEnc,
                Latents = encoder.Latents,
                Bound = this.isExact
                    ? ScreeningBound.For(encoder.DIn, weights.Depth)
                    : default,
            },
        };
    }

    private ScreenedLists Lists(
        string name, in ScreenTiles.Parameters parameters, int k, ArrayView<int> givenUp, ArrayView<int>? mask)
    {
        int width = parameters.Tile.WarpColumns * WarpTile.Latents;

        // Room for a tile, and beyond K for those that only float32 can tell from the K largest.
        Tiling tiling = new() { IsGrouped = true, Width = width + (2 * k) + width, Jobs = parameters.Jobs };
        RowLists lists = RowLists.Create(this.device, name, parameters.Encoder.Rows, k, tiling);
        lists.Mask = mask ?? lists.Mask;
        lists.IsMasked = mask is null ? 0 : 1;
        return new ScreenedLists { Lists = lists, GivenUp = givenUp, Width = width, Room = lists.Capacity - width };
    }

    private void Decide(string name, in ScreenTiles.Parameters parameters, in ScreenedLists lists, bool isCounted)
    {
        if (!this.isExact)
        {
            return;
        }

        this.recheck.Launch(new RecheckRows.Parameters
        {
            Encoder = parameters.Encoder,
            Input = parameters.Tile.Input,
            LatentBounds = parameters.LatentBounds,
            Screened = lists,
            Cuts = this.rowCuts.Launch(name, lists.Lists),
            Counts = Counts(),
        });
        this.givenUpRows.Launch(new GivenUpRows.Parameters
        {
            Encoder = parameters.Encoder,
            Screened = lists,
            Unproven = parameters.LatentBounds with { Bound = default },
            Counts = Counts(),
            IsCounted = isCounted ? 1 : 0,
        });
    }

    private ArrayView<long> Counts() => this.device.Scratch.Long("Screening.Counts", ScreeningCounts.Length);
}
