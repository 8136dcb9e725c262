using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   ∂W = scale · Σ_b e[b] · x[b]ᵀ, and ‖∂W[o]‖² of each row
/// Work       2 · batch · DIn · DOut FLOP
/// Traffic    4 · (DIn · DOut + batch · (DIn + DOut)) bytes → bound by the multiply-add units
/// Launch     chunks of a tile's outputs (6 to 12) over the team, strips of 8 to 32 inputs after another
/// Shared     batch · DIn packed inputs; batch · 12 residuals and a tile of sums a thread        Barriers  one
/// Order      rows of the batch ascending, fused; deterministic
/// Error      (batch + 1) · 2⁻²⁴ · |scale| · Σ|e·x|; squares in float64, one rounding
/// Source     the chain rule; blocking: Goto and van de Geijn, TOMS 34, 2008
/// </summary>
internal static unsafe class LinearGradient
{
    public static void Run(CpuContext context, in LinearGradientArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Tile512>(context, arguments);
        }
        else if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            Run<Tile256>(context, arguments);
        }
        else
        {
            Run<Tile128>(context, arguments);
        }
    }

    private static void Run<TTile>(CpuContext context, in LinearGradientArguments arguments)
        where TTile : struct, ITile =>
        context.Team.For(Chunks.Count(arguments.Residuals.Columns, TTile.Rows), new Body<TTile>(context, arguments));

    private readonly struct Body<TTile> : IChunkBody
        where TTile : struct, ITile
    {
        private readonly ColumnStrips<TTile> input;
        private readonly ThreadScratch panels;
        private readonly ThreadScratch sums;
        private readonly float* residuals;
        private readonly float* gradient;
        private readonly float* norms;
        private readonly float scale;
        private readonly int rows;
        private readonly int dIn;
        private readonly int dOut;

        public Body(CpuContext context, in LinearGradientArguments arguments)
        {
            this.rows = arguments.Input.Rows;
            this.dIn = arguments.Input.Columns;
            this.dOut = arguments.Residuals.Columns;
            this.input = ColumnStrips<TTile>.Pack(context, arguments.Input);
            this.panels = new ThreadScratch(context, (long)this.rows * TTile.Rows);
            this.sums = new ThreadScratch(context, ((long)TTile.Rows + 1) * TTile.Latents);
            this.residuals = HostPointers.Of(arguments.Residuals);
            this.gradient = HostPointers.Of(arguments.Gradient);
            this.norms = HostPointers.Of(arguments.RowSquaredNorms) + arguments.FirstNorm;
            this.scale = (float)arguments.ResidualScale;
        }

        public void Run(int chunk, int worker)
        {
            int first = chunk * TTile.Rows;
            int present = Math.Min(TTile.Rows, this.dOut - first);
            float* panel = this.panels.Of(worker);
            Pack(first, present, panel);
            this.sums.Clear(worker);
            float* zeros = this.sums.Of(worker);
            float* tile = zeros + TTile.Latents;
            for (int strip = 0; strip < this.input.Count; strip++)
            {
                float* columns = this.input.Strip(strip, 0);
                TTile.MultiplyAdd(panel, columns, this.rows, zeros, 0, tile, columns, 0);
                int column = strip * TTile.Latents;
                int count = Math.Min(TTile.Latents, this.dIn - column);
                for (int output = 0; output < present; output++)
                {
                    Span<float> found = new(tile + (output * TTile.Latents), count);
                    found.CopyTo(new Span<float>(this.gradient + ((first + output) * (long)this.dIn) + column, count));
                }
            }

            for (int output = first; output < first + present; output++)
            {
                float* row = this.gradient + ((long)output * this.dIn);
                Rows.Scale(row, this.scale, this.dIn);
                this.norms[output] = (float)Rows.SumOfSquares(row, this.dIn);
            }
        }

        /// <summary>Packs columns of the residuals, [row][TTile.Rows]; those beyond the last are zeros.</summary>
        private void Pack(int first, int present, float* panel)
        {
            for (int row = 0; row < this.rows; row++, panel += TTile.Rows)
            {
                Span<float> target = new(panel, TTile.Rows);
                new Span<float>(this.residuals + ((long)row * this.dOut) + first, present).CopyTo(target);
                target[present..].Clear();
            }
        }
    }
}
