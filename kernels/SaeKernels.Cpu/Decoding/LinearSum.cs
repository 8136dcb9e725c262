using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   y + scale · W·x
/// Work       2 · batch · DIn · DOut FLOP
/// Traffic    4 · (DIn · DOut + batch · (DIn + 2 · DOut)) bytes → bound by the multiply-add units
/// Launch     chunks of a tile's outputs (8 to 32) over the team, 48 tiles of rows at a time
/// Shared     batch · DIn packed inputs; DIn · 32 weights and 48 tiles of products a thread        Barriers  one
/// Order      i ascending, fused; then the sum with y; deterministic
/// Error      (DIn + 2) · 2⁻²⁴ · (|y| + |scale| · Σ|w·x|)
/// Source     Paulo et al. 2025, §3; blocking: Goto and van de Geijn, TOMS 34, 2008
/// </summary>
internal static unsafe class LinearSum
{
    public static void Run(CpuContext context, in LinearSumArguments arguments)
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

    private static void Run<TTile>(CpuContext context, in LinearSumArguments arguments)
        where TTile : struct, ITile =>
        context.Team.For(Chunks.Count(arguments.Weights.Rows, TTile.Latents), new Body<TTile>(context, arguments));

    private readonly struct Body<TTile> : IChunkBody
        where TTile : struct, ITile
    {
        private const int TilesPerPart = 48;
        private readonly TileRows<TTile> input;
        private readonly ThreadScratch panels;
        private readonly ThreadScratch products;
        private readonly float* weights;
        private readonly float* start;
        private readonly float* sums;
        private readonly float scale;
        private readonly int rows;
        private readonly int dIn;
        private readonly int dOut;

        public Body(CpuContext context, in LinearSumArguments arguments)
        {
            this.rows = arguments.Input.Rows;
            this.dIn = arguments.Input.Columns;
            this.dOut = arguments.Weights.Rows;
            this.input = TileRows<TTile>.Pack(context, arguments.Input);
            this.panels = new ThreadScratch(context, ((long)this.dIn + 1) * TTile.Latents);
            this.products = new ThreadScratch(context, (long)TilesPerPart * TTile.Rows * TTile.Latents);
            this.weights = HostPointers.Of(arguments.Weights);
            this.start = HostPointers.Of(arguments.Start);
            this.sums = HostPointers.Of(arguments.Sum);
            this.scale = (float)arguments.Scale;
        }

        public void Run(int chunk, int worker)
        {
            int first = chunk * TTile.Latents;
            int present = Math.Min(TTile.Latents, this.dOut - first);
            float* zeros = this.panels.Of(worker);
            float* panel = zeros + TTile.Latents;
            new Span<float>(zeros, TTile.Latents).Clear();
            LatentPanels.Pack<TTile>(this.weights + ((long)first * this.dIn), present, this.dIn, panel);
            for (int tile = 0; tile < this.input.Count; tile += TilesPerPart)
            {
                int tiles = Math.Min(TilesPerPart, this.input.Count - tile);
                float* products = this.products.Of(worker);
                LatentPanels.Multiply(this.input, tile, tiles, this.dIn, panel, zeros, products);
                int end = Math.Min(this.rows, (tile + tiles) * TTile.Rows);
                for (int row = tile * TTile.Rows; row < end; row++, products += TTile.Latents)
                {
                    long place = ((long)row * this.dOut) + first;
                    Add(this.start + place, products, this.sums + place, present);
                }
            }
        }

        private void Add(float* start, float* products, float* sums, int count)
        {
            Rows.Scale(products, this.scale, TTile.Latents);
            for (int i = 0; i < count; i++)
            {
                sums[i] = start[i] + products[i];
            }
        }
    }
}
