/// The register of equipment models.
public enum Models {
    /// One line per model.
    public static let all: [any Equipment.Type] = [
        Lift.self,
        PumpSet.self,
        SumpPit.self,
        WaterTank.self,
        PowerMeter.self,
        DryTransformer.self,
        Generator.self,
        FirePanel.self,
        FirePump.self,
        EnvironmentSensor.self,
        SmartPlug.self,
        FeederBreaker.self,
        BatterySupply.self,
        HeatingStation.self,
        AirHandler.self,
        GarageFan.self,
        LightingCircuit.self,
    ]

    /// The model with a name.
    public static func named(_ name: String) -> (any Equipment.Type)? {
        all.first { $0.model == name }
    }
}
