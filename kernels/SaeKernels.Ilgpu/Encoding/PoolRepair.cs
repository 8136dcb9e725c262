using ILGPU;
using ILGPU.Runtime;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   a pool that holds the n largest positive pre-activations of a batch, where its first filling did not
/// Work       nothing where it did; else 12 · batch · DSae · DIn FLOP
/// Traffic    that of six encodings
/// Launch     six times that of GroupTiles or LaneTiles, which return at once where there is nothing to do
/// Shared     that of these        Barriers  that of these
/// Order      counts of orders, digit by digit, then of ties by row: integers; deterministic
/// Error      none
/// Source     radix selection: Alabi, Blanchard, Gordon, Steinbach 2012
/// </summary>
/// <remarks>
/// The host does not wait to learn which: all is enqueued, and a flag in device memory says whether it is needed.
/// </remarks>
internal sealed class PoolRepair(KernelDevice device)
{
    private readonly Kernel<Parameters> guardKernel = new(device, Guard);
    private readonly Kernel<Parameters> digitKernel = new(device, FindDigit);
    private readonly Kernel<Parameters> tieKernel = new(device, FindLastTiedRow);
    private readonly TiledEncoder<OrderCounts> counter = new(device);

    /// <summary>Counts what is needed; returns the pool to be filled again.</summary>
    /// <param name="view">The batch and the encoder.</param>
    /// <param name="tiling">How the batch is split.</param>
    /// <param name="pool">The pool, filled; it holds <paramref name="wanted"/> + DSae keys at least.</param>
    /// <param name="wanted">How many of the largest are wanted.</param>
    public CandidatePool Launch(in EncoderView view, in Tiling tiling, in CandidatePool pool, int wanted)
    {
        OrderSelection selection = OrderSelection.Create(device, "PoolRepair");
        Parameters parameters = new()
        {
            Pool = pool,
            Selection = selection,
            Needed = device.Scratch.Int("PoolRepair.Needed", 1),
            RowTies = device.Scratch.Int("PoolRepair.RowTies", Math.Max(view.Rows, 1)),
            LastTiedRow = device.Scratch.Int("PoolRepair.LastTiedRow", 1),
            Wanted = wanted,
            Rows = view.Rows,
        };
        OrderCounts counts = new()
        {
            Selection = selection,
            Guard = parameters.Needed,
            RowCounts = parameters.RowTies,
        };
        parameters.RowTies.MemSetToZero(device.Stream);
        this.guardKernel.Launch(1, 1, parameters);
        for (int shift = RadixDigit.HighestShift; shift >= 0; shift -= RadixDigit.Bits)
        {
            parameters.Shift = shift;
            this.counter.Launch(view, tiling, counts with { Shift = shift });
            this.digitKernel.Launch(1, 1, parameters);
        }

        this.counter.Launch(view, tiling, counts with { IsByRow = 1 });
        this.tieKernel.Launch(1, 1, parameters);
        return pool with
        {
            Bounds = selection.Order,
            BoundStride = 0,
            Guard = parameters.Needed,
            LastTiedRow = parameters.LastTiedRow,
            IsGuarded = 1,
        };
    }

    private static void Guard(Parameters p)
    {
        int length = p.Pool.Length[0];
        bool hasAllPositive = p.Pool.Bounds[0] == PreActivationOrder.SmallestPositive;
        bool isNeeded = length > p.Pool.Keys.IntLength || (length < p.Wanted && !hasAllPositive);
        p.Needed[0] = isNeeded ? 1 : 0;
        if (isNeeded)
        {
            p.Pool.Length[0] = 0;
        }

        OrderSelection.Start(p.Selection, p.Wanted);
    }

    private static void FindDigit(Parameters p)
    {
        if (p.Needed[0] != 0)
        {
            OrderSelection.FindDigit(p.Selection, p.Shift);
        }
    }

    private static void FindLastTiedRow(Parameters p)
    {
        int row = 0;
        if (p.Needed[0] != 0)
        {
            // Where fewer are positive than wanted, the digits found are those of no positive number.
            bool takesAll = p.Selection.Order[0] < PreActivationOrder.SmallestPositive;
            int ties = takesAll ? int.MinValue : p.RowTies[0];
            while (row < p.Rows - 1 && ties < p.Selection.Remaining[0])
            {
                row++;
                ties += takesAll ? 0 : p.RowTies[row];
            }

            p.Selection.Order[0] = takesAll ? PreActivationOrder.SmallestPositive : p.Selection.Order[0];
        }

        p.LastTiedRow[0] = row;
    }

    internal struct Parameters
    {
        public CandidatePool Pool;
        public OrderSelection Selection;
        public ArrayView<int> Needed;
        public ArrayView<int> RowTies;
        public ArrayView<int> LastTiedRow;
        public int Wanted;
        public int Rows;
        public int Shift;
    }
}
