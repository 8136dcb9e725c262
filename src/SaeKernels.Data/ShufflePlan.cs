using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>How the rows of an epoch are cut into blocks and the blocks into windows.</summary>
internal sealed class ShufflePlan
{
    private readonly ulong seed;

    public ShufflePlan(long rows, int dIn, ulong seed, ShuffleOptions options)
    {
        this.seed = seed;
        this.Rows = rows;
        this.BlockRows = (int)Math.Min(options.BlockRows, rows);
        this.Blocks = checked((int)((rows + this.BlockRows - 1) / this.BlockRows));
        long blockBytes = (long)this.BlockRows * dIn * sizeof(float);
        // Rows of a window are numbered by Int32.
        long most = Math.Min(options.WindowBytes / blockBytes, int.MaxValue / this.BlockRows);
        long fitting = most >= this.Blocks ? this.Blocks : Math.Max(1, most / 2);
        this.Windows = (int)((this.Blocks + fitting - 1) / fitting);
        // Windows of equal size mix better than full ones and a small rest.
        this.BlocksPerWindow = (this.Blocks + this.Windows - 1) / this.Windows;
        this.Windows = (this.Blocks + this.BlocksPerWindow - 1) / this.BlocksPerWindow;
    }

    public long Rows { get; }

    public int BlockRows { get; }

    public int Blocks { get; }

    public int BlocksPerWindow { get; }

    public int Windows { get; }

    public int RowsOfBlock(int block) => (int)Math.Min(this.BlockRows, this.Rows - ((long)block * this.BlockRows));

    /// <summary>Draws the order of an epoch.</summary>
    public EpochOrder OrderOf(long epoch)
    {
        RandomSequence random = new(this.seed, RandomPurpose.Shuffling, epoch);
        int[] blocks = [.. Enumerable.Range(0, this.Blocks)];
        if (this.Windows > 1)
        {
            random.Shuffle(blocks.AsSpan());
        }

        WindowOrder[] windows = new WindowOrder[this.Windows];
        long first = epoch * this.Rows;
        for (int i = 0; i < windows.Length; i++)
        {
            int start = i * this.BlocksPerWindow;
            int count = Math.Min(this.BlocksPerWindow, this.Blocks - start);
            // Inside a window the rows are permuted anyway; ascending blocks are read faster.
            Array.Sort(blocks, start, count);
            ArraySegment<int> chosen = new(blocks, start, count);
            int rows = chosen.Sum(RowsOfBlock);
            windows[i] = new WindowOrder(first, rows, chosen, random.NextUInt64());
            first += rows;
        }

        return new EpochOrder(epoch, windows);
    }
}
